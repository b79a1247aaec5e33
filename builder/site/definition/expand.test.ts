import test from 'ava';
import { siteFindings, siteOf, siteWith } from '../../testing/site-files.ts';
import { parseRange, textOf } from './range.ts';

function texts(source: string, base: 10 | 16 = 10): readonly string[] | undefined {
  const range = parseRange(source, base);
  return range && Array.from({ length: range.count }, (_, place) => textOf(range, place));
}

test('a range counts, with as many digits as a leading zero asks for', (t) => {
  t.deepEqual(texts('w[9-11]'), ['w9', 'w10', 'w11']);
  t.deepEqual(texts('w[09-11]x'), ['w09x', 'w10x', 'w11x']);
  t.deepEqual(texts('[1-2,7]'), ['1', '2', '7']);
  t.deepEqual(texts('a'), ['a']);
});

test('of several ranges the last runs fastest', (t) => {
  t.deepEqual(texts('10.0.[1-2].[1-2]/16'), [
    ...['10.0.1.1/16', '10.0.1.2/16', '10.0.2.1/16', '10.0.2.2/16'],
  ]);
});

test('in MAC addresses and IPv6 numbers are hexadecimal', (t) => {
  t.deepEqual(texts('52:54:00:00:01:[09-0b]', 16)?.at(-1), '52:54:00:00:01:0b');
  t.is(texts('fd00::[1-10]/64', 16)?.length, 16);
});

test('what is no range, or too much of one, is none', (t) => {
  for (const source of ['w[1-40', 'w1-40]', 'w[40-1]', 'w[a-b]', 'w[]', 'w[1-]', 'w[[1-2]]']) {
    t.is(texts(source), undefined, source);
  }
  t.is(texts('w[1-99999999]'), undefined);
  t.is(texts('w[1-9999][1-9999]'), undefined);
});

test('a group is as many nodes, with what defaults, group and exceptions say over each other', async (t) => {
  const { nodes } = await siteOf(
    t,
    siteWith(`defaults: { labels: { site: a, rack: none }, dns: [10.0.0.2], ntp: [10.0.0.3] }
groups:
  - name: "x[01-03]"
    address: "10.0.0.[31-33]/24"
    mac: ["52:54:00:00:01:[0a-0b]", "52:54:00:00:02:00"]
    serial: "A[7-9]"
    labels: { rack: "5" }
    ntp: [10.0.0.4]
    overrides:
      x02: { labels: { disk: ssd }, mac: "52:54:00:00:09:09", arch: arm64, dns: [] }
`),
  );
  t.snapshot(nodes.slice(2).map(({ links, ...rest }) => ({ ...rest, mac: links[0] })));
});

test('cards of a group have ranges too', async (t) => {
  const { nodes } = await siteOf(
    t,
    siteWith(`groups:
  - name: "x[1-2]"
    interfaces:
      - { ethernet: a, mac: "52:54:00:00:01:[01-02]" }
      - { vlan: v, id: 5, parent: a, address: "10.0.0.[31-32]/24" }
`),
  );
  t.deepEqual(
    nodes.slice(2).map(({ address, links }) => [address, links[0]]),
    ['1', '2'].map((digit) => [
      `10.0.0.3${digit}`,
      {
        ...{ kind: 'ethernet', name: 'a', mac: `52:54:00:00:01:0${digit}`, lan: 'lan' },
        ...{ addresses: [], dhcp4: false, dhcp6: false, acceptRa: false, gateways: [], routes: [] },
      },
    ]),
  );
});

const found = test.macro({
  async exec(t, group: string) {
    t.snapshot(await siteFindings(t, { 'site.yaml': siteWith(`groups:\n  - { ${group} }\n`) }));
  },
  title: (title) => `refused: ${title}`,
});

test(
  'a group with fewer addresses than names',
  found,
  'name: "x[1-9]", address: "10.0.0.[31-38]/24"',
);
test(
  'a group with more MAC addresses than names',
  found,
  'name: "x[1-2]", mac: "52:54:00:00:01:[00-0f]", serial: [A1]',
);
test(
  'a group whose addresses run out of their octet',
  found,
  'name: "x[1-9]", address: "10.0.0.[250-258]/24"',
);
test('a group whose names are none', found, 'name: "X_[1-9]"');
test('a group whose range is none', found, 'name: "x[9-1]", address: "10.0.0.[a-b]/24"');
test('a group of more nodes than any', found, 'name: "x[1-16384]"');
test('a group of controllers', found, 'name: "x[1-9]", role: controller');
test(
  'an exception of nobody',
  found,
  'name: "x[1-9]", overrides: { x10: { arch: arm64 }, x2: { arhc: arm64 } }',
);
test('a group that has a name of another node', found, 'name: "w[1-2]"');

test('ten thousand nodes take little time, and each says only what is its own', async (t) => {
  const before = process.cpuUsage();
  const { nodes } = await siteOf(
    t,
    `site: large
network: { pods: 10.0.0.0/8, services: 172.20.0.0/16, gateway: 192.168.0.1, ntp: [192.168.0.1] }
api: { vip: 192.168.0.9/16 }
worker-tokens: shared
defaults: { labels: { a: b }, cloud-config: { runcmd: [x] } }
nodes: [{ name: c1, role: controller, address: 192.168.0.11/16 }]
groups: [{ name: "w[1-10000]", address: "192.168.[10-49].[1-250]/16", mac: "52:54:00:00:[00-27]:[00-f9]" }]
`,
  );
  const { user, system } = process.cpuUsage(before);
  t.is(nodes.length, 10_001);
  t.is(nodes.at(-1)?.links[0]?.addresses[0], '192.168.49.250/16');
  t.is(nodes.at(-1)?.labels, nodes[1]?.labels);
  t.true((user + system) / 1e6 < 5, `${(user + system) / 1e6} s`);
});
