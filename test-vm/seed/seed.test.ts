import test from 'ava';
import { type Cluster, type ClusterSecrets, secretTexts } from './cluster.ts';
import {
  configDriveFiles,
  firstController,
  joiningController,
  type Node,
  seedFiles,
  singleNode,
  worker,
} from './node.ts';
import { SeedServer } from './server.ts';

const TOKEN = { id: 'abcdef', secret: '0123456789abcdef' };

function authority(name: string): { certificate: string; key: string } {
  const pem = (what: string) => `-----\n1\n2\n${name} ${what}\n-----\n`;
  return { certificate: pem('crt'), key: pem('key') };
}

const SECRETS: ClusterSecrets = {
  ca: authority('ca'),
  frontProxyCa: authority('front-proxy-ca'),
  etcdCa: authority('etcd-ca'),
  serviceAccounts: { key: authority('sa').key, publicKey: 'sa.pub\n' },
  tokens: { worker: TOKEN, controller: { ...TOKEN, id: 'ghijkl' } },
  expired: { ...TOKEN, id: 'mnopqr' },
};
const CLUSTER: Cluster = { secrets: SECRETS, controllers: ['10.0.0.11', '10.0.0.12'] };

test('seeds of every role', (t) => {
  const node: Node = { instanceId: 'i-1', hostname: 'c1' };
  t.snapshot(seedFiles({ ...node, k0s: { role: 'single' } }));
  t.deepEqual(Object.keys(singleNode(CLUSTER)), ['role', 'pki', 'manifests']);
  t.snapshot(firstController(CLUSTER));
  const { token, ...joining } = joiningController(CLUSTER, '10.0.0.12');
  t.is(typeof token, 'string');
  t.snapshot(joining);
  t.deepEqual(Object.keys(worker(CLUSTER)), ['role', 'token']);
  t.snapshot(configDriveFiles({ ...node, k0s: { role: 'single' }, userData: { timezone: 'UTC' } }));
});

test('the texts to look for are of the secrets', (t) => {
  t.deepEqual(secretTexts(SECRETS), [
    'ca key',
    'front-proxy-ca key',
    'etcd-ca key',
    'sa key',
    TOKEN.secret,
    TOKEN.secret,
    TOKEN.secret,
  ]);
});

test('a seed over HTTP can be changed while its server runs', async (t) => {
  await using server = await SeedServer.start({ 'meta-data': 'one' });
  const get = async (path: string) => {
    const response = await fetch(`${server.url.replace('10.0.2.2', '127.0.0.1')}${path}`);
    return `${response.status} ${await response.text()}`;
  };
  t.is(await get('meta-data'), '200 one');
  t.is(await get('user-data'), '404 ');
  server.files = { 'meta-data': 'two' };
  t.is(await get('meta-data'), '200 two');
  t.deepEqual(server.seen, ['/meta-data', '/user-data', '/meta-data']);
});
