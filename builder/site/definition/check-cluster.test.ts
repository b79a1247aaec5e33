import test from 'ava';
import { siteFindings, siteOf, siteWith } from '../../testing/site-files.ts';

const found = test.macro({
  async exec(t, lines: string) {
    t.snapshot(await siteFindings(t, { 'site.yaml': siteWith(lines) }));
  },
  title: (title = '') => title,
});

/** Nodes with these roles, and further keys. */
function nodes(...items: readonly string[]): string {
  const list = items.map((item, index) => {
    const address = /worker,? |worker$/.test(item) ? '' : `, address: 10.0.0.${11 + index}/24`;
    return `  - { name: n${index + 1}, role: ${item}${address} }\n`;
  });
  return `nodes:\n${list.join('')}`;
}

test(
  'warned: an even number of controllers',
  found,
  `api: { vip: 10.0.0.9/24 }\n${nodes('controller', 'controller')}`,
);
test(
  'warned: four controllers',
  found,
  `api: { vip: 10.0.0.9/24 }\n${nodes('controller', 'controller', 'controller', 'controller')}`,
);
test(
  'warned: several controllers of which one is asked',
  found,
  nodes('controller', 'controller', 'controller'),
);
test('warned: no time server anywhere', found, 'network: { gateway: 10.0.0.1 }');
test('refused: a single node beside others', found, nodes('single', 'worker'));
test('refused: two single nodes', found, nodes('single', 'single'));
test('refused: workers without a controller', found, nodes('worker', 'worker'));
test('refused: no nodes', found, 'nodes: []');
test(
  'refused: two first controllers',
  found,
  `api: { vip: 10.0.0.9/24 }\n${nodes('controller, bootstrap: true', 'controller', 'controller, bootstrap: true')}`,
);
test('refused: no first controller', found, nodes('controller, bootstrap: false'));
test(
  'refused: a first worker and a first single node',
  found,
  nodes('controller', 'worker, bootstrap: true'),
);
test(
  'refused: a single node that says what it does anyway',
  found,
  nodes('single, bootstrap: true'),
);
test(
  'refused: controllers without an address',
  found,
  'nodes:\n  - { name: c1, role: controller }\n  - { name: c2, role: controller+worker, interfaces: [{ ethernet: a, dhcp: true }] }',
);
test(
  'refused: a role that is none, and a node without one',
  found,
  'nodes:\n  - { name: c1, role: master, address: 10.0.0.11/24 }\n  - { name: c2 }',
);
test(
  'refused: a worker token for each of too many workers',
  found,
  'groups: [{ name: "x[1-2501]" }]\nnetwork: { pods: 10.240.0.0/12, ntp: [10.0.0.1] }',
);
test(
  'refused: what is for pods, on a controller',
  found,
  nodes(
    'controller, labels: { a: b }, taints: ["a=b:NoSchedule"], profile: default, kubelet-args: [--v=2]',
  ),
);
test(
  'refused: unknown keys, with what was meant',
  found,
  'netwrok: {}\napi: { vipp: 10.0.0.9/24 }\nnodes:\n  - { name: c1, rolle: controller, address: 10.0.0.11/24 }',
);

test('refused: a name of a site that is no DNS label', async (t) => {
  t.snapshot(
    await siteFindings(t, { 'site.yaml': 'site: Plant 7\nnodes: [{ name: a, role: single }]\n' }),
  );
});

test('refused: a site without a name', async (t) => {
  t.snapshot(await siteFindings(t, { 'site.yaml': 'nodes: [{ name: a, role: single }]\n' }));
});

test('the first controller of the file starts the cluster, unless another says so', async (t) => {
  const starters = async (...items: readonly string[]) => {
    const site = await siteOf(t, siteWith(`api: { vip: 10.0.0.9/24 }\n${nodes(...items)}`));
    return site.nodes.filter(({ bootstrap }) => bootstrap).map(({ name }) => name);
  };
  t.deepEqual(await starters('worker', 'controller', 'controller', 'controller'), ['n2']);
  t.deepEqual(await starters('controller', 'controller, bootstrap: true', 'controller'), ['n2']);
});

test('a single node keeps its state in SQLite, unless it is told otherwise', async (t) => {
  const kind = async (lines: string) => (await siteOf(t, siteWith(lines))).storage.kind;
  t.is(await kind(nodes('single')), 'sqlite');
  t.is(await kind(`storage: etcd\n${nodes('single')}`), 'etcd');
  t.is(await kind(nodes('controller')), 'etcd');
});

test('defaults for pods do not reach a controller that runs none', async (t) => {
  const lines = 'defaults: { labels: { a: b }, taints: ["a:NoSchedule"], kubelet-args: [--v=2] }';
  const [controller, worker] = (await siteOf(t, siteWith(lines))).nodes;
  t.like(controller, { labels: {}, taints: [], kubeletArgs: [] });
  t.like(worker, { labels: { a: 'b' }, taints: ['a:NoSchedule'], kubeletArgs: ['--v=2'] });
});
