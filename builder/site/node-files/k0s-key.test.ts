import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { parse } from 'yaml';
import { SITE_CASES } from '../../testing/site-cases.ts';
import { firstController, site, siteNode, toySecrets } from '../../testing/site-fixture.ts';
import type { JsonObject } from '../definition/json.ts';
import type { Site } from '../definition/site.ts';
import { clusterOf } from './cluster.ts';
import { k0sKey } from './k0s-key.ts';

test('where each node joins, and with which token', (t) => {
  const lines = Object.entries(SITE_CASES).flatMap(([name, each]) => [
    `${name}:`,
    ...[...keysOf(each)].map(([node, key]) => `  ${node} ${joining(key)}`),
  ]);
  t.snapshot(lines.join('\n'));
});

test('who is told of the address that the kubelet takes', (t) => {
  const argsOf = (more: Parameters<typeof firstController>[0]) =>
    keysOf(site([firstController({ role: 'controller+worker', ...more })])).get('c1')?.args;
  t.deepEqual(argsOf({}), ['--kubelet-extra-args=--node-ip=10.0.0.11']);
  t.deepEqual(argsOf({ kubeletArgs: ['--node-ip=::', '--v=4'] }), [
    '--kubelet-extra-args=--node-ip=:: --v=4',
  ]);
  t.deepEqual(argsOf({ k0sArgs: ['--kubelet-extra-args=--v=2', '--debug'] }), [
    '--debug',
    '--kubelet-extra-args=--node-ip=10.0.0.11 --v=2',
  ]);
  t.is(argsOf({ role: 'controller' }), undefined);
});

test('labels, taints and profiles are only for nodes that run pods', (t) => {
  const node = { labels: { a: 'b' }, taints: ['a:NoSchedule'], profile: 'small' };
  const keys = keysOf(site([firstController(node), siteNode('w1', 'worker', 21, node)]));
  t.like(keys.get('w1'), node);
  t.deepEqual(
    Object.keys(keys.get('c1') ?? {}).filter((key) => key in node),
    [],
  );
});

test('a worker whose token is not in the secrets is a bug', (t) => {
  const all = site([firstController(), siteNode('constructor', 'worker', 21)]);
  t.throws(() => clusterOf(all, toySecrets(site([]))), {
    message: 'the secrets have no token for the worker constructor',
  });
});

function keysOf(all: Site): ReadonlyMap<string, JsonObject> {
  const cluster = clusterOf(all, toySecrets(all));
  return new Map(all.nodes.map((node) => [node.name, k0sKey(cluster, node)]));
}

function joining({ token, bootstrap, peers }: JsonObject): string {
  const peerText = Array.isArray(peers) ? `, after asking ${peers.join(' ')}` : '';
  const start = bootstrap === true ? 'starts the cluster' : 'does not start one';
  if (typeof token !== 'string') return start;
  const kubeconfig = parse(gunzipSync(Buffer.from(token, 'base64')).toString());
  const [{ cluster }] = kubeconfig.clusters;
  const [{ name, user }] = kubeconfig.users;
  return `${start}${peerText}; joins ${cluster.server} as ${name} with ${user.token}`;
}
