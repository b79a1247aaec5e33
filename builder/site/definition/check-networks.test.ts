import test from 'ava';
import { siteFindings, siteOf, siteWith } from '../../testing/site-files.ts';

const found = test.macro({
  async exec(t, lines: string) {
    t.snapshot(await siteFindings(t, { 'site.yaml': siteWith(lines) }));
  },
  title: (title) => `refused: ${title}`,
});

/** A network of the site with these keys. */
function network(keys: string): string {
  return `network: { gateway: 10.0.0.1, ntp: [10.0.0.1], ${keys} }`;
}

const DUAL_NODES = `nodes:
  - { name: c1, role: controller, address: [10.0.0.11/24, "fd00::11/64"] }
`;

test('pods and services overlap', found, network('pods: 10.96.0.0/16'));
test('pods and the network of a node overlap', found, network('pods: 10.0.0.0/16'));
test('services and the network of a node overlap', found, network('services: 10.0.0.0/12'));
test(
  'services and a virtual address overlap',
  found,
  `${network('services: 10.0.0.8/28')}\napi: { vip: 10.0.0.10/24 }`,
);
test('a network that is an address in one', found, network('pods: 10.244.0.7/16'));
test('pods and services of two families', found, network('pods: "fd01::/108"'));
test('dual stack on one side only', found, network('pods: [10.244.0.0/16, "fd01::/108"]'));
test('two networks of one family', found, network('pods: [10.244.0.0/16, 10.245.0.0/16]'));
test(
  'three networks',
  found,
  network(
    'pods: [10.244.0.0/16, "fd01::/108", 10.245.0.0/16], services: [10.96.0.0/12, "fd02::/108"]',
  ),
);
test(
  'IPv6 before IPv4',
  found,
  `${network('pods: ["fd01::/108", 10.244.0.0/16], services: ["fd02::/108", 10.96.0.0/12]')}\n${DUAL_NODES}`,
);
test(
  'a network of pods that is too large, or too small',
  found,
  network('pods: 10.244.0.0/25, services: 172.16.0.0/11'),
);
test('a network of services that is too small', found, network('services: 10.96.0.0/29'));
test(
  'an IPv6 network of pods that no controller manager takes',
  found,
  `${network('pods: [10.244.0.0/16, "fd01::/64"], services: [10.96.0.0/12, "fd02::/64"]')}\n${DUAL_NODES}`,
);
test(
  'a network of pods without room for all nodes',
  found,
  `${network('pods: 10.244.0.0/22')}\ngroups: [{ name: "x[1-9]", address: "10.0.0.[31-39]/24" }]`,
);
test(
  'networks that are none',
  found,
  network('pods: 10.244.0.0, services: [10.96.0.0/33], domain: Cluster_Local'),
);

test(
  'IPv6 alone, without what k0s wants for it',
  found,
  `${network('pods: "fd01::/108", services: "fd02::/108"').replace('10.0.0.1,', '"fd00::1",')}
nodes: [{ name: c1, role: controller, address: "fd00::11/64" }]`,
);
test(
  'dual stack with a tunnel of Calico',
  found,
  `${network('cni: calico, pods: [10.244.0.0/16, "fd01::/108"], services: [10.96.0.0/12, "fd02::/108"]')}
${DUAL_NODES}`,
);

test('dual stack has one network of each family, and nodes an address of each', async (t) => {
  const lines = `${network('pods: [10.244.0.0/16, "fd01::/108"], services: [10.96.0.0/12, "FD02:0::/108"]')}\n${DUAL_NODES}`;
  const { cluster, nodes } = await siteOf(t, siteWith(lines));
  t.deepEqual(cluster.services, ['10.96.0.0/12', 'fd02::/108']);
  t.deepEqual([nodes[0]?.address, nodes[0]?.secondAddress], ['10.0.0.11', 'fd00::11']);
});

test('a site may be IPv6 alone', async (t) => {
  const { nodes } = await siteOf(
    t,
    `site: six
network: { pods: "fd01::/108", services: "fd02::/108", gateway: "fd00::1", ntp: ["fd00::1"] }
config: { spec: { featureGates: [{ name: IPv6SingleStack, enabled: true }] } }
nodes: [{ name: c1, role: controller, address: "fd00::0011/64" }]
`,
  );
  t.is(nodes[0]?.address, 'fd00::11');
  t.deepEqual(nodes[0]?.links[0]?.gateways, ['fd00::1']);
});
