import test from 'ava';
import { SITE_CASES } from '../../../testing/site-cases.ts';
import { FOUR_NODES, site, siteNode, toySecrets } from '../../../testing/site-fixture.ts';
import type { Chart, Site, SiteNode } from '../../definition/site.ts';
import { clusterOf } from '../cluster.ts';
import { seedYaml } from '../seed-yaml.ts';
import { clusterConfig } from './cluster-config.ts';

const CNIS = [
  'kube-router with an MTU',
  'Calico with VXLAN',
  'Calico with IPIP and WireGuard',
  'Calico with eBPF',
  'Cilium in the place of kube-proxy',
  'Cilium beside kube-proxy, from a file',
  'Flannel from a registry',
  'no CNI',
];

for (const name of CNIS) {
  test(`what follows from a CNI: ${name}`, (t) => {
    const config = configOf(SITE_CASES[name] ?? site([]), FOUR_NODES[1]);
    t.snapshot(seedYaml(config));
  });
}

test('Cilium asks the balancer on its node where every node has one', (t) => {
  const plain = SITE_CASES['Cilium in the place of kube-proxy'] ?? site([]);
  const api = { ...plain.api, access: { kind: 'node-local' } } as const;
  const workers = [siteNode('w1', 'worker', 21), siteNode('w2', 'worker', 22)];
  const [first] = FOUR_NODES;
  if (first === undefined) throw new Error();
  const values = (nodes: readonly SiteNode[]) => valuesOf({ ...plain, api, nodes });
  t.regex(values([first, ...workers]), /k8sServiceHost: 127\.0\.0\.1\nk8sServicePort: 7443\n/);
  t.regex(values(FOUR_NODES), /k8sServiceHost: 10\.0\.0\.11\nk8sServicePort: 6443\n/);
});

test("one pod node is enough for Cilium's operator", (t) => {
  const plain = SITE_CASES['Cilium in the place of kube-proxy'] ?? site([]);
  const single = { ...plain, nodes: [siteNode('box', 'single', 11)] };
  t.regex(valuesOf(single), /operator:\n {2}replicas: 1\n/);
});

test("raw configuration wins: maps merge, anything else takes the place of Kiln's", (t) => {
  const config = {
    spec: { api: { sans: ['other.example'], port: null }, storage: { type: 'kine' }, network: [1] },
  };
  const { spec } = configOf(site(FOUR_NODES, { config }), FOUR_NODES[0]);
  t.like(spec, {
    api: { address: '10.0.0.11', port: null, sans: ['other.example'] },
    storage: { type: 'kine', etcd: { peerAddress: '10.0.0.11' } },
    network: [1],
  });
});

test('charts of one repository share its entry, and those of others get one each', (t) => {
  const chart = (name: string, url: string): Chart => ({
    name,
    namespace: 'default',
    source: { kind: 'repository', url, chart: name, version: '1.0.0' },
    values: {},
    order: 0,
  });
  const repositories = [{ name: 'b', url: 'https://named.example' }];
  const charts = [
    chart('a', 'https://named.example'),
    chart('b', 'https://other.example'),
    chart('c', 'https://other.example'),
  ];
  const { spec } = configOf(site(FOUR_NODES, { helm: { repositories, charts } }), FOUR_NODES[0]);
  t.snapshot(seedYaml({ spec: spec ?? null }));
});

function configOf(all: Site, node: SiteNode | undefined) {
  if (node === undefined) throw new Error('no node');
  return clusterConfig(clusterOf(all, toySecrets(all)), node);
}

/** The values of a site's first chart. */
function valuesOf(all: Site): string {
  const text = seedYaml(configOf(all, all.nodes[0]));
  const [, values = ''] = text.split(/values: \|\n/);
  return values.replaceAll(/^ {12}/gm, '');
}
