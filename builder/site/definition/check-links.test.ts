import test from 'ava';
import { siteFindings, siteOf, siteWith } from '../../testing/site-files.ts';

/** A controller with these interfaces. */
function interfaces(...items: readonly string[]): string {
  const list = items.map((item) => `      - { ${item} }\n`).join('');
  return siteWith(`nodes:\n  - name: c1\n    role: controller\n    interfaces:\n${list}`);
}

/** Errors of a node with these interfaces. */
function refused(title: string, ...items: readonly string[]): void {
  test(`refused: ${title}`, async (t) => {
    t.snapshot(await siteFindings(t, { 'site.yaml': interfaces(...items) }));
  });
}

const A = 'ethernet: a, mac: "52:54:00:00:00:01"';
const B = 'ethernet: b, mac: "52:54:00:00:00:02"';
const ADDRESS = 'address: 10.0.0.11/24';

refused('a bond without members', A, B, `bond: bond0, members: [], ${ADDRESS}`);
refused('a bond of what is not there', A, `bond: bond0, members: [a, c], ${ADDRESS}`);
refused(
  'a member of two bonds',

  A,
  B,
  `bond: x, members: [a, b], ${ADDRESS}`,
  'bond: y, members: [b]',
);
refused('a bond of bonds', A, `bond: x, members: [a]`, `bond: y, members: [x], ${ADDRESS}`);
refused('a member with an address', `${A}, ${ADDRESS}`, `bond: x, members: [a]`);
refused(
  'a VLAN on a member',

  A,
  'bond: x, members: [a]',
  `vlan: v, id: 5, parent: a, ${ADDRESS}`,
);
refused('a VLAN without its parent', A, `vlan: v, id: 5, parent: bond0, ${ADDRESS}`);
refused(
  'a VLAN on a VLAN',

  A,
  'vlan: v, id: 5, parent: a',
  `vlan: w, id: 6, parent: v, ${ADDRESS}`,
);
refused(
  'one VLAN twice',

  A,
  `vlan: v, id: 5, parent: a, ${ADDRESS}`,
  'vlan: w, id: 5, parent: a',
);
refused(
  'a VLAN that does not exist',

  `${A}, ${ADDRESS}`,
  'vlan: v, id: 4095, parent: a',
  'vlan: w, id: 0, parent: a',
);
refused(
  'names of links that are too long, taken, or twice',

  `${A}, ${ADDRESS}`,
  'ethernet: a, mac: "52:54:00:00:00:03"',
  'ethernet: sixteen-letters-, mac: "52:54:00:00:00:04"',
  'ethernet: cali0, mac: "52:54:00:00:00:05"',
  'ethernet: lo, mac: "52:54:00:00:00:06"',
);
refused(
  'several cards without MAC addresses',

  `ethernet: a, ${ADDRESS}`,
  'ethernet: b, dhcp: true',
  B.replace('b', 'c'),
);
refused('no card at all', `vlan: v, id: 5, parent: a, ${ADDRESS}`);
refused('no address at all', A, B);
refused(
  'a VLAN with a larger MTU than its parent',

  `${A}, mtu: 1400`,
  `vlan: v, id: 5, parent: a, mtu: 1500, ${ADDRESS}`,
);
refused(
  'an MTU too small for IPv6, and ones that no card has',

  `${A}, mtu: 1000, address: [10.0.0.11/24, "fd00::11/64"]`,
  `${B}, mtu: 500`,
  'ethernet: c, mac: "52:54:00:00:00:03", mtu: 20000',
);
refused(
  'an interface of two kinds, of none, and of a kind that is misspelt',

  `${A}, ${ADDRESS}, bond: x`,
  'mac: "52:54:00:00:00:02"',
  'ethernt: c',
);
refused('a gateway that is in no network of the node', `${A}, address: 10.0.1.11/24`);
refused('a gateway outside of the network of its link', `${A}, ${ADDRESS}, gateway: 10.0.1.1`);
refused(
  'two default routes',

  `${A}, ${ADDRESS}, gateway: 10.0.0.1`,
  `${B}, address: 10.0.1.11/24, gateway: 10.0.1.1`,
);
refused(
  'routes through what is not near, and to the other family',

  `${A}, ${ADDRESS}, routes: [{ to: 10.9.0.0/16, via: 10.0.1.1 }, { to: "fd09::/64", via: 10.0.0.1 }, { to: 10.8.0.0, via: 10.0.0.1 }]`,
);

test('refused: interfaces beside an address', async (t) => {
  const lines = `nodes:
  - { name: c1, role: controller, address: 10.0.0.11/24, mac: "52:54:00:00:00:01", interfaces: [{ ethernet: a, dhcp: true }] }`;
  t.snapshot(await siteFindings(t, { 'site.yaml': siteWith(lines) }));
});

test('bonds, VLANs and several networks, with the default route where it belongs', async (t) => {
  const text = interfaces(
    A,
    B,
    'bond: up, members: [a, b], mode: 802.3ad, mtu: 1500',
    'vlan: mgmt, id: 20, parent: up, address: 10.20.0.11/24, routes: [{ to: 10.9.0.0/16, via: 10.20.0.1 }]',
    'vlan: pods, id: 30, parent: up, address: 10.0.0.11/24',
    'ethernet: c, mac: "52:54:00:00:00:03", lan: storage, dhcp6: true',
  );
  t.snapshot((await siteOf(t, text)).nodes[0]?.links);
});
