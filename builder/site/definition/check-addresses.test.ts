import test from 'ava';
import { siteFindings, siteOf, siteWith } from '../../testing/site-files.ts';

const found = test.macro({
  async exec(t, lines: string) {
    t.snapshot(await siteFindings(t, { 'site.yaml': siteWith(lines) }));
  },
  title: (title) => `refused: ${title}`,
});

/** A controller, and workers with these keys. */
function workers(...keys: readonly string[]): string {
  const items = keys.map((each, index) => `  - { name: w${index + 1}, role: worker, ${each} }\n`);
  return `nodes:\n  - { name: c1, role: controller, address: 10.0.0.11/24 }\n${items.join('')}`;
}

test('an address twice', found, workers('address: 10.0.0.11/24'));
test(
  'an address twice, once in a group',
  found,
  `${workers('address: 10.0.0.33/24')}groups: [{ name: "x[1-9]", address: "10.0.0.[31-39]/24" }]`,
);
test(
  'the first and the last address of a network',
  found,
  workers('address: 10.0.0.0/24', 'address: 10.0.0.255/24', 'address: [10.0.0.7/29, "fd00::/64"]'),
);
test(
  'addresses that lead nowhere',
  found,
  workers(
    'address: 127.0.0.1/8',
    'address: 224.0.0.5/24',
    'address: 169.254.1.1/16',
    'address: 0.0.0.0/0',
  ),
);
test(
  'an address without prefix, and what is none',
  found,
  workers(
    'address: 10.0.0.21',
    'address: dhcp',
    'address: 10.0.0.300/24',
    'address: 10.0.0.21/33',
    'address: []',
  ),
);
test('an address of the other family', found, workers('address: "fd00::21/64"'));
test('two addresses of one family', found, workers('address: [10.0.0.21/24, 10.0.0.22/24]'));
test(
  'a node of a dual-stack site with one address',
  found,
  'network: { pods: [10.244.0.0/16, "fd01::/108"], services: [10.96.0.0/12, "fd02::/108"], ntp: [10.0.0.1] }',
);
test(
  'networks of which one is in another',
  found,
  workers('address: 10.0.0.21/16', 'address: 10.0.0.22/28'),
);
test('a MAC address twice', found, workers('mac: "52:54:00:00:00:21"', 'mac: "52-54-00-00-00-21"'));
test(
  'MAC addresses that no card has',
  found,
  workers(
    'mac: "53:54:00:00:00:21"',
    'mac: "00:00:00:00:00:00"',
    'mac: "52:54:00:00:21"',
    'mac: 525400000021',
  ),
);
test(
  'a UUID twice, and UUIDs that no machine has',
  found,
  workers(
    'uuid: 4c4c4544-0042-3510-8052-b4c04f4a4e31',
    'uuid: 4C4C4544-0042-3510-8052-B4C04F4A4E31',
    'uuid: 00000000-0000-0000-0000-000000000000',
  ),
);
test('a UUID that is none', found, workers('uuid: 4c4c4544'));
test('a serial number twice', found, workers('serial: A1', 'serial: A1', 'serial: ../x'));
test(
  'a name twice',
  found,
  'nodes:\n  - { name: c1, role: controller, address: 10.0.0.11/24 }\n  - { name: c1, role: worker }',
);
test(
  'names that are no DNS labels',
  found,
  'nodes:\n  - { name: C1, role: controller, address: 10.0.0.11/24 }\n  - { name: w_1, role: worker }\n  - { name: a.b, role: worker }\n  - { name: localhost, role: worker }',
);

test('a gateway outside of the network', found, 'network: { gateway: 10.0.1.1, ntp: [10.0.0.1] }');
test(
  "a node's own gateway outside of its network",
  found,
  workers('address: 10.0.0.21/24, gateway: 10.0.1.1'),
);
test('a gateway that is a node', found, 'network: { gateway: 10.0.0.21, ntp: [10.0.0.1] }');
test('a gateway that no host can have', found, 'network: { gateway: 10.0.0.255, ntp: [10.0.0.1] }');
test(
  'two gateways of one family',
  found,
  'network: { gateway: [10.0.0.1, 10.0.0.2], ntp: [10.0.0.1] }',
);
test('a gateway without an address', found, workers('gateway: 10.0.0.1'));
test(
  'a gateway that is no address',
  found,
  'network: { gateway: router, ntp: [10.0.0.1, time_server, "::zz"], dns: [dns.example], search: [Plant7] }',
);

test('a node without an address has DHCP', async (t) => {
  const { nodes } = await siteOf(t, siteWith(workers('mac: "52-54-00-AB-00-21"')));
  t.like(nodes[1]?.links[0], {
    dhcp4: true,
    acceptRa: true,
    gateways: [],
    mac: '52:54:00:ab:00:21',
  });
  t.is(nodes[1]?.address, undefined);
});

test('one address has one text', async (t) => {
  const lines = `network: { pods: [10.244.0.0/16, "FD01::/108"], services: [10.96.0.0/12, "fd02::/108"], gateway: ["10.0.0.1", "FD00:0:0::0001"], ntp: [a.b] }
nodes: [{ name: c1, role: controller, address: [10.0.0.11/24, "FD00:0:0:0:0:0:0:0011/64"] }]`;
  const { nodes } = await siteOf(t, siteWith(lines));
  t.deepEqual(nodes[0]?.links[0]?.addresses, ['10.0.0.11/24', 'fd00::11/64']);
  t.deepEqual(nodes[0]?.links[0]?.gateways, ['10.0.0.1', 'fd00::1']);
});
