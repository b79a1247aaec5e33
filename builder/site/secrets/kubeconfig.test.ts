import { X509Certificate } from 'node:crypto';
import test from 'ava';
import { parse } from 'yaml';
import { fixedEntropy, TODAY, tinySite } from '../../testing/site-secrets.ts';
import type { Api } from '../definition/site.ts';
import { makeSecrets } from './complete.ts';
import { adminKubeconfig, apiServer, expiryIn, userKubeconfig } from './kubeconfig.ts';

const SITE = tinySite({ c1: 'controller', w1: 'worker' });
const MAKING = { now: TODAY, entropy: fixedEntropy('kubeconfig') };
const SECRETS = await makeSecrets(SITE, MAKING);

const plain = (base64: string): string => Buffer.from(base64, 'base64').toString();

test("the administrator's kubeconfig holds all that it needs", (t) => {
  const text = adminKubeconfig(SITE, SECRETS);
  t.snapshot(text.replaceAll(/-data: .*/g, '-data: …'));
  const { clusters, users } = parse(text);
  t.is(
    plain(clusters[0].cluster['certificate-authority-data']),
    SECRETS.authorities.kubernetes.certificate,
  );
  t.is(plain(users[0].user['client-certificate-data']), SECRETS.admin.certificate);
  t.is(plain(users[0].user['client-key-data']), SECRETS.admin.key);
  t.is(adminKubeconfig(SITE, SECRETS), text);
});

test("a user's kubeconfig has a certificate of its own", async (t) => {
  const expires = expiryIn(30, TODAY, SECRETS.authorities.kubernetes.certificate);
  const client = { user: 'jane', groups: ['operators', 'viewers'], expires };
  const text = await userKubeconfig(SITE, SECRETS, client, MAKING);
  t.snapshot(text.replaceAll(/-data: .*/g, '-data: …'));
  const certificate = new X509Certificate(
    plain(parse(text).users[0].user['client-certificate-data']),
  );
  t.is(certificate.subject, 'O=operators\nO=viewers\nCN=jane');
  t.is(new Date(certificate.validTo).toISOString(), '2026-06-05T07:08:09.000Z');
});

test('no certificate is wanted for longer than the authority lives', (t) => {
  const { certificate } = SECRETS.authorities.kubernetes;
  t.is(expiryIn(3650, TODAY, certificate).toISOString(), '2036-05-03T07:08:09.000Z');
});

const access = (of: Api['access'], port = 6443) =>
  apiServer({ ...SITE, api: { ...SITE.api, port, access: of } });

test('the server is what the site has for its API', (t) => {
  const vip = { kind: 'vip', routerId: 51, nodeLocal: false } as const;
  t.is(access({ kind: 'direct' }), 'https://10.0.0.11:6443');
  t.is(access({ kind: 'node-local' }, 7443), 'https://10.0.0.11:7443');
  t.is(access({ ...vip, address: '10.0.0.10/24' }), 'https://10.0.0.10:6443');
  t.is(access({ ...vip, address: 'fd00::10/64' }), 'https://[fd00::10]:6443');
  t.is(
    access({ kind: 'balancer', address: 'api.example.org' }, 443),
    'https://api.example.org:443',
  );
});
