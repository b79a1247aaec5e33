import { createPublicKey, X509Certificate } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { parse } from 'yaml';
import { makeAuthority, makeServiceAccountPair } from './authority.ts';
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
import { joinToken, makeTokenSecret, tokenManifest } from './token.ts';

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

test('an authority signs itself, is a CA with the name that k0s expects, and is valid since yesterday', (t) => {
  const now = new Date('2026-01-02T03:04:05Z');
  const { certificate, key } = makeAuthority('kubernetes-ca', now);
  const read = new X509Certificate(certificate);
  t.true(read.ca);
  t.is(read.subject, 'CN=kubernetes-ca');
  t.true(read.verify(createPublicKey(key)));
  t.is(new Date(read.validFrom).toISOString(), '2026-01-01T03:04:05.000Z');
  t.regex(key, /^-----BEGIN RSA PRIVATE KEY-----\n/);
  t.notRegex(certificate, /\r/);
});

test('the pair for service accounts has the forms that k0s writes', (t) => {
  const { key, publicKey } = makeServiceAccountPair();
  t.regex(key, /^-----BEGIN RSA PRIVATE KEY-----\n/);
  t.is(createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString(), publicKey);
});

test('a token is a gzipped kubeconfig whose user tells the role', (t) => {
  const read = (role: 'worker' | 'controller') =>
    gunzipSync(Buffer.from(joinToken(role, TOKEN, '10.0.0.11', 'CA\n'), 'base64')).toString();
  t.snapshot(read('worker'));
  t.snapshot(read('controller'));
  const { id, secret } = makeTokenSecret();
  t.regex(`${id}.${secret}`, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
});

test('the Secret of a token, with and without an end', (t) => {
  t.snapshot(tokenManifest('controller', TOKEN));
  const expiring = tokenManifest('worker', TOKEN, new Date('2026-01-02T03:04:05.678Z'));
  t.snapshot(parse(expiring));
});

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
