import test from 'ava';
import { Installs } from './installs.ts';
import type { NodeSeed } from './keeper.ts';

const MAC = '52:54:00:00:00:01';
const NODE: NodeSeed = { name: 'c1', macs: [MAC], installs: true, files: {} };

test('a node with an order installs until it says that it is done, then starts from its disk', (t) => {
  const installs = new Installs();
  t.is(installs.startOf(MAC, NODE), 'install');
  t.true(installs.isInstalling(MAC));
  // Power was cut: the installer goes on where it was.
  t.is(installs.startOf(MAC, NODE), 'install');
  t.true(installs.finish(MAC));
  t.false(installs.isInstalling(MAC));
  t.is(installs.startOf(MAC, NODE), 'disk');
  t.is(installs.startOf(MAC, NODE), 'disk');
});

test('strangers, nodes without an order, and machines that ARP does not know install nothing', (t) => {
  const installs = new Installs();
  t.is(installs.startOf(MAC, undefined), 'diskless');
  t.is(installs.startOf(MAC, { ...NODE, installs: false }), 'diskless');
  t.is(installs.startOf(undefined, NODE), 'diskless');
  t.false(installs.finish(MAC));
  t.false(installs.finish(undefined));
  t.is(installs.startOf(MAC, NODE), 'install');
});
