import test from 'ava';
import { card, site, siteNode, toySecrets } from '../../testing/site-fixture.ts';
import { siteSeeds, unknowable } from './site-seeds.ts';

const MAC = '52:54:00:00:00:21';
const INSTALL = { disk: 'only', wipe: false, var: 'keep', afterwards: 'reboot' } as const;
const nodes = [
  siteNode('c1', 'controller', 11, { bootstrap: true, serial: 'S-11', install: INSTALL }),
  siteNode('w1', 'worker', 21, {
    links: [
      card('10.0.0.21', { name: 'a', mac: MAC }),
      card('10.0.1.21', { name: 'b', mac: '52:54:00:00:01:21' }),
      { ...card('10.0.2.21'), kind: 'vlan', name: 'v', id: 5, parent: 'a' },
    ],
  }),
];
const nameless = (name: string) => {
  const { mac: _, ...link } = card('10.0.0.30');
  return siteNode(name, 'worker', 30, { links: [link] });
};

test('each node has its own files, and is known by all its cards and its serial number', (t) => {
  const plant = site(nodes);
  const seeds = siteSeeds(plant, toySecrets(plant));
  t.deepEqual(
    seeds.map(({ name, macs, serial, installs }) => [name, macs, serial, installs]),
    [
      ['c1', ['52:54:00:00:00:11'], 'S-11', true],
      ['w1', [MAC, '52:54:00:00:01:21'], undefined, false],
    ],
  );
  for (const { name, files } of seeds) {
    t.deepEqual(Object.keys(files).sort(), [
      'meta-data',
      'network-config',
      'user-data',
      'vendor-data',
    ]);
    t.regex(files['meta-data'] ?? '', new RegExp(`local-hostname: "?${name}"?`));
  }
});

test('a node whose machine nobody can tell from others is named', (t) => {
  const known = { ...nameless('w4'), uuid: '4c4c4544-0042-3510-8052-b4c04f4a4e31' };
  const plant = site([...nodes, nameless('w2'), { ...nameless('w3'), serial: 'S-3' }, known]);
  t.deepEqual(unknowable(siteSeeds(plant, toySecrets(plant))), ['w2']);
});
