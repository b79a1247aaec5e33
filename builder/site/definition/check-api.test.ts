import test from 'ava';
import { siteFindings, siteOf, siteWith } from '../../testing/site-files.ts';

const found = test.macro({
  async exec(t, lines: string) {
    t.snapshot(await siteFindings(t, { 'site.yaml': siteWith(lines) }));
  },
  title: (title) => `refused: ${title}`,
});

const SINGLE = 'nodes: [{ name: s, role: single, address: 10.0.0.11/24 }]';

test("a virtual address outside of the controllers' network", found, 'api: { vip: 10.0.1.10/24 }');
test('a virtual address that is that of a node', found, 'api: { vip: 10.0.0.21/24 }');
test('a virtual address that is that of the gateway', found, 'api: { vip: 10.0.0.1/24 }');
test('a virtual address that no host can have', found, 'api: { vip: 10.0.0.255/24 }');
test('a virtual address in the network of pods', found, 'api: { vip: 10.244.0.9/16 }');
test('a virtual address without prefix', found, 'api: { vip: 10.0.0.9 }');
test(
  'a virtual address and a node-local balancer of a single node',
  found,
  `api: { vip: 10.0.0.9/24, node-local: true }\n${SINGLE}`,
);
test(
  'a node-local balancer beside an external one',
  found,
  'api: { node-local: true, balancer: lb.plant7.example }',
);
test(
  'a virtual address beside an external balancer',
  found,
  'api: { vip: 10.0.0.9/24, balancer: 10.0.0.8 }',
);
test('a router id without a virtual address', found, 'api: { router-id: 5 }');
test('a balancer that is a node', found, 'api: { balancer: 10.0.0.11 }');
test('a balancer that is nowhere', found, 'api: { balancer: 127.0.0.1 }');
test(
  'a balancer with a port',
  found,
  'api: { balancer: "lb.example:6443", sans: [Api, "10.0.0"] }',
);
test('ports that are taken', found, 'api: { port: 10250, join-port: 2380 }');
test('one port for two', found, 'api: { port: 9443 }');
test('one port for two, by the other key', found, 'api: { join-port: 6443 }');
test(
  'ports of a node-local balancer',
  found,
  'api: { node-local: true, port: 7443, join-port: 7132 }',
);
test("the port of a virtual address's balancer", found, 'api: { vip: 10.0.0.9/24, port: 6444 }');
test('ports that are none', found, 'api: { port: 0, join-port: 65536 }');

test('each way to reach the API', async (t) => {
  const access = async (api: string) => (await siteOf(t, siteWith(`api: ${api}`))).api.access;
  t.deepEqual(await access('{}'), { kind: 'direct' });
  t.deepEqual(await access('{ node-local: true }'), { kind: 'node-local' });
  t.deepEqual(await access('{ balancer: "FD00:0::1" }'), { kind: 'balancer', address: 'fd00::1' });
  const vip = { kind: 'vip', address: '10.0.0.9/24', routerId: 7 } as const;
  t.deepEqual(await access('{ vip: 10.0.0.9/24, router-id: 7 }'), { ...vip, nodeLocal: true });
  t.deepEqual(await access('{ vip: 10.0.0.9/24, router-id: 7, node-local: false }'), {
    ...vip,
    nodeLocal: false,
  });
});
