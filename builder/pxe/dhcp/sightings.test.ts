import test from 'ava';
import { netbootFiles } from '../../image/artifacts/netboot.ts';
import type { Sighting } from '../clients.ts';
import { SeedKeeper } from '../seeds/keeper.ts';
import { noteDhcp, tftpStage } from './sightings.ts';

const MAC = 'dc:a6:32:00:00:01';
const OTHER = 'dc:a6:32:00:00:02';
const NEIGHBOURS = new Map([
  ['10.9.0.31', MAC],
  ['10.9.0.32', OTHER],
]);
const FILES = netbootFiles({ name: 'edge', version: '1.2', arch: 'arm64' });

/** A site of two nodes, and who has been seen. */
function setup() {
  const nodes = [MAC, OTHER].map((mac) => ({
    name: mac,
    macs: [mac],
    files: { 'meta-data': 'm' },
  }));
  const seeds = new SeedKeeper(nodes);
  const seen: Sighting[] = [];
  const note = noteDhcp({
    ...{ seeds, now: () => 0, neighbours: async (address) => NEIGHBOURS.get(address) },
    onSighting: (sighting) => seen.push(sighting),
  });
  const ask = (mac: string, now = 1) =>
    seeds.answer({ file: 'meta-data', claimed: { mac, serial: '', uuid: '' }, seen: mac }, now)
      .kind;
  /** A file has gone out; ARP is asked in between. */
  const sent = async (address: string, name: string): Promise<void> => {
    note({ address, stage: tftpStage(name, [{ files: FILES }]) });
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { seen, note, ask, sent };
}

test('only who has got the kernel over TFTP may have its seed, once, within half an hour', async (t) => {
  const { ask, sent, seen } = setup();
  for (const name of ['start4.elf', 'u-boot.bin', 'kiln.env']) await sent('10.9.0.31', name);
  t.is(ask(MAC), 'refused');
  await sent('10.9.0.31', FILES.uki);
  t.deepEqual(
    seen.map(({ mac, stage }) => [mac, stage.kind]),
    [...['boot loader', 'boot loader', 'boot script', 'kernel'].map((kind) => [MAC, kind])],
  );
  t.is(ask(OTHER), 'refused');
  t.is(ask(MAC, 31 * 60_000), 'refused');
  t.is(ask(MAC), 'given');
  t.is(ask(MAC), 'refused');
  // It starts once more.
  await sent('10.9.0.31', FILES.uki);
  t.is(ask(MAC), 'given');
});

test('who ARP does not know is shown by its address, and opens nothing', async (t) => {
  const { ask, sent, seen } = setup();
  await sent('10.9.0.99', FILES.uki);
  t.deepEqual(seen, [{ address: '10.9.0.99', mac: undefined, stage: { kind: 'kernel' } }]);
  t.is(ask(MAC), 'refused');
});

test('who asks DHCP is known by its MAC', (t) => {
  const { note, seen } = setup();
  note({ mac: MAC, address: undefined, stage: { kind: 'asks' } });
  t.deepEqual(seen, [{ mac: MAC, address: undefined, stage: { kind: 'asks' } }]);
});
