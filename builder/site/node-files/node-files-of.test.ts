import test from 'ava';
import { SITE_CASES } from '../../testing/site-cases.ts';
import { siteNode, toySecrets } from '../../testing/site-fixture.ts';
import type { Site } from '../definition/site.ts';
import type { NodeFiles } from './node-files.ts';
import { nodeFilesOf } from './node-files-of.ts';

/** The nodes whose files are shown whole: each is unlike those before. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  'a single node': ['box'],
  'a controller and a worker': ['c1', 'w1'],
  'a virtual address': ['c1', 'c2', 'w1'],
  'a virtual address and balancers on nodes': ['c2'],
  'a load balancer': ['c1', 'w1'],
  'balancers on nodes': ['c2', 'w1'],
  'etcd elsewhere': ['c1', 'c2'],
  'a database': ['c2'],
  'two families': ['c1', 'w1'],
  'IPv6 alone': ['c1'],
  'bonds and VLANs': ['w1'],
  'everything else': ['c1', 'c2', 'w2'],
};

for (const [name, nodes] of Object.entries(SHOWN)) {
  test(`the files of a site: ${name}`, (t) => {
    const files = filesOf(siteCase(name));
    for (const node of nodes) t.snapshot(shown(files.get(node)), node);
  });
}

test('another node, or another text in a node, changes only the seeds that it is in', (t) => {
  const before = siteCase('balancers on nodes');
  const changed = before.nodes.map((node) =>
    node.name === 'w1' ? { ...node, ntp: ['10.0.0.1'] } : node,
  );
  const added = [...before.nodes, siteNode('w2', 'worker', 22)];
  t.deepEqual(differing(before, { ...before, nodes: changed }), ['w1']);
  t.deepEqual(differing(before, { ...before, nodes: added }), ['c1', 'c2', 'c3', 'w2']);
});

test('a changed seed has another instance-id', (t) => {
  const before = siteCase('a single node');
  const after = { ...before, profiles: { small: { maxPods: 10 } } };
  const ids = [before, after].map((site) => filesOf(site).get('box')?.instanceId);
  t.not(ids[0], ids[1]);
  t.regex(ids[0] ?? '', /^plant7-box-[0-9a-f]{12}$/);
});

test('the same site and secrets give the same files', (t) => {
  for (const site of Object.values(SITE_CASES)) t.deepEqual(filesOf(site), filesOf(site));
});

test('a seed that no box would take is refused, with what to do', (t) => {
  const site = siteCase('a single node');
  const large = 'x'.repeat(5 * 1024 * 1024);
  const manifests = [{ stack: 'site', name: 'large', text: `a: ${large}\n` }];
  t.snapshot(t.throws(() => filesOf({ ...site, manifests }))?.message, 'metadata');
  const cloudConfig = { write_files: [{ path: '/etc/large', content: large.repeat(4) }] };
  const nodes = site.nodes.map((node) => ({ ...node, cloudConfig }));
  t.snapshot(t.throws(() => filesOf({ ...site, nodes }))?.message, 'all');
});

test("ten thousand workers' tokens fit into a controller's metadata", (t) => {
  const workers = Array.from({ length: 10_000 }, (_, index) =>
    siteNode(`worker-${String(index).padStart(5, '0')}`, 'worker', 21),
  );
  const site = siteCase('balancers on nodes');
  const all = { ...site, nodes: [...site.nodes, ...workers] };
  const [first] = all.nodes;
  t.true(first !== undefined && nodeFilesOf(all, toySecrets(all))(first).node === 'c1');
});

function siteCase(name: string): Site {
  const found = SITE_CASES[name];
  if (found === undefined) throw new Error(name);
  return found;
}

function filesOf(site: Site): ReadonlyMap<string, NodeFiles> {
  const make = nodeFilesOf(site, toySecrets(site));
  return new Map(site.nodes.map((node) => [node.name, make(node)]));
}

function differing(before: Site, after: Site): readonly string[] {
  const known = filesOf(before);
  return [...filesOf(after)]
    .filter(([name, { instanceId }]) => known.get(name)?.instanceId !== instanceId)
    .map(([name]) => name);
}

function shown(files: NodeFiles | undefined): string {
  const entries = Object.entries(files?.files ?? {});
  return entries.map(([name, text]) => `==> ${name}\n${text}`).join('\n');
}
