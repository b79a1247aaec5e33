import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { card, siteNode, site as siteWith } from '../../builder/testing/site-fixture.ts';
import { testToolbox } from '../../builder/testing/toolbox.ts';
import { FrameReader, vlanOf } from '../frames.ts';
import { gatewaysOf } from './gateways.ts';
import { Network } from './network.ts';

const NODE_MAC = '525400000021';
const SIGNAL = new AbortController().signal;

/** A request for the owner of 10.7.0.1, from 10.7.0.21 (RFC 826), with its length before it. */
function whoHasGateway(tag: string): Buffer {
  const arp = `00010800060400 01 ${NODE_MAC} 0a070015 000000000000 0a070001`.replaceAll(' ', '');
  const frame = Buffer.from(`ffffffffffff${NODE_MAC}${tag}0806${arp}`, 'hex');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

async function plugIn(socket: string): Promise<{ card: Socket; frames: Buffer[] }> {
  const plugged = connect(socket);
  const reader = new FrameReader();
  const frames: Buffer[] = [];
  plugged.on('data', (bytes) => frames.push(...reader.read(bytes)));
  await once(plugged, 'connect');
  return { card: plugged, frames };
}

const LINKS = [
  card('10.7.0.1', { addresses: [], gateways: [] }),
  {
    ...card('10.7.0.21', { gateways: ['10.7.0.1'] }),
    kind: 'vlan' as const,
    name: 'site',
    id: 7,
    parent: 'lan',
  },
];

test('QEMU answers as the gateway, inside its VLAN alone, and forwards to nodes', async (t) => {
  t.timeout(60_000);
  const nodes = [siteNode('n1', 'worker', 21, { links: LINKS })];
  const gateways = gatewaysOf(siteWith(nodes), nodes);
  const toolbox = await testToolbox();
  await using network = await Network.open(
    { lans: ['lan'], gateways, isOnline: false },
    toolbox,
    SIGNAL,
  );
  const mine = { lan: 'lan', mac: '', aggregate: undefined };
  const { card: plugged, frames } = await plugIn(await network.socketOf('n1', mine));
  for (let tries = 0; frames.length === 0 && tries < 100; tries++) {
    plugged.write(whoHasGateway('81000007'));
    await sleep(100);
  }
  t.is(vlanOf(frames[0]!), 7);
  const text = frames[0]!.toString('hex');
  t.true(text.includes('0a070001'), text);
  frames.length = 0;
  plugged.write(whoHasGateway(''));
  await sleep(300);
  t.deepEqual(frames, []);

  const port = await network.forward('10.7.0.21', 6443);
  const client = connect(port ?? 0, '127.0.0.1');
  await once(client, 'connect');
  // The gateway looks for the node: that is all that can be seen without one.
  for (let tries = 0; frames.length === 0 && tries < 100; tries++) await sleep(100);
  t.true(frames.some((frame) => frame.toString('hex').includes('0a070015')));
  client.destroy();
  t.is(await network.forward('10.8.0.21', 6443), undefined);
  t.is(await network.forward('fd00::1', 6443), undefined);
  plugged.destroy();
});

test('cards of a bond share a port, and what is refused is told in QEMU’s words', async (t) => {
  t.timeout(60_000);
  const toolbox = await testToolbox();
  await using network = await Network.open(
    { lans: ['lan'], gateways: [], isOnline: false },
    toolbox,
    SIGNAL,
  );
  const bonded = { lan: 'lan', mac: '', aggregate: 'bond0' };
  t.is(await network.socketOf('n1', bonded), await network.socketOf('n1', bonded));
  t.not(await network.socketOf('n1', bonded), await network.socketOf('n2', bonded));
  const ipv4 = { network: '10.0.0.0/24', host: '10.9.9.9', dns: '10.0.0.2', dhcpStart: '10.0.0.3' };
  const bad = { id: 'gw0', lan: 'lan', vlan: undefined, ipv4 };
  await t.throwsAsync(
    Network.open({ lans: ['lan'], gateways: [bad], isOnline: false }, toolbox, SIGNAL),
    { message: /QEMU does not run as the site's gateway:\n.*Host doesn't belong to network/s },
  );
});
