import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { type Client, makeClientCertificate } from '../builder/site/secrets/certificate.ts';
import { readClock } from '../builder/site/secrets/clock.ts';
import { makeSecrets } from '../builder/site/secrets/complete.ts';
import { MACHINE_ENTROPY } from '../builder/site/secrets/entropy.ts';
import { adminKubeconfig, userKubeconfig } from '../builder/site/secrets/kubeconfig.ts';
import { rotateTokens } from '../builder/site/secrets/rotate.ts';
import type { Authority, Secrets } from '../builder/site/secrets/secrets.ts';
import { joinToken, tokenManifest } from '../builder/site/secrets/token.ts';
import { tinySite } from '../builder/testing/site-secrets.ts';
import { type Answer, Box } from '../builder/testing/stand-in-box.ts';
import { UP } from '../builder/testing/stand-in-cluster.ts';

const DAY_MS = 86_400_000;
const SITE = tinySite({ c1: 'controller', c2: 'controller', w1: 'worker', w2: 'worker' });
const MAKING = { now: readClock(), entropy: MACHINE_ENTROPY };
const SECRETS = await makeSecrets(SITE, MAKING);

/** Puts on a controller what a site's seed puts there. */
async function place(box: Box, { authorities, serviceAccounts, tokens }: Secrets): Promise<void> {
  await box.placePair('ca', authorities.kubernetes);
  await box.placePair('front-proxy-ca', authorities.frontProxy);
  await box.placePair('etcd/ca', authorities.etcd);
  const { key, publicKey } = serviceAccounts;
  await box.placePair('sa', { certificate: publicKey, key }, 'pub');
  await box.placeJwt();
  const manifest = async (name: string, text: string) =>
    await box.write(`data/manifests/kiln-tokens/${name}.yaml`, text);
  await manifest('controller', tokenManifest('controller', tokens.controller));
  for (const [name, token] of Object.entries(tokens.workers)) {
    await manifest(name, tokenManifest('worker', token));
  }
}

async function firstController(t: ExecutionContext): Promise<Box> {
  t.timeout(3 * 60_000);
  const box = await Box.create(t, 'c1');
  await place(box, SECRETS);
  await box.startController();
  await box.logs(UP);
  return box;
}

/** Asks the API as kubectl would with this kubeconfig. */
async function askAs(box: Box, kubeconfig: string, path: string): Promise<Answer> {
  const { clusters, users } = parse(kubeconfig);
  const plain = (base64: string): string => Buffer.from(base64, 'base64').toString();
  const { user } = users[0];
  return await box.ask(6443, path, {
    ca: plain(clusters[0].cluster['certificate-authority-data']),
    client: {
      certificate: plain(user['client-certificate-data']),
      key: plain(user['client-key-data']),
    },
  });
}

/** The administrator's kubeconfig with another certificate. */
const withAdmin = (admin: Authority): string => adminKubeconfig(SITE, { ...SECRETS, admin });

const clientUntil = (expires: Date): Client => ({
  user: 'kubernetes-admin',
  groups: ['system:masters'],
  expires,
});

test('workers and controllers join with the tokens of a site', async (t) => {
  const first = await firstController(t);
  const ca = SECRETS.authorities.kubernetes.certificate;
  const [second, worker] = [await Box.create(t, 'c2'), await Box.create(t, 'w1')];
  const { controller, workers } = SECRETS.tokens;
  const forWorker = joinToken({ role: 'worker', token: workers.w1!, host: first.address, ca });
  await worker.startWorker('--token-file', await worker.write('token', forWorker));
  await worker.logs('worker is running');
  await second.placePair('front-proxy-ca', SECRETS.authorities.frontProxy);
  await second.placeJwt();
  const joining = { role: 'controller', token: controller, host: first.address, ca } as const;
  const file = await second.write('token', joinToken(joining));
  await second.startController('--token-file', file);
  await second.logs('answers');
  t.is(await second.read('data/pki/ca.key'), SECRETS.authorities.kubernetes.key);
  t.is(await second.read('data/pki/sa.key'), SECRETS.serviceAccounts.key);
});

test("the administrator's kubeconfig opens the API, a user's only what the user may", async (t) => {
  const first = await firstController(t);
  const nodes = await askAs(first, adminKubeconfig(SITE, SECRETS), '/api/v1/nodes');
  t.is(nodes.status, 200);
  const client = { ...clientUntil(new Date(Date.now() + DAY_MS)), user: 'jane' };
  const open = await userKubeconfig(SITE, SECRETS, client, MAKING);
  t.is((await askAs(first, open, '/api/v1/nodes')).status, 200);
  const viewer = { ...client, groups: ['viewers'] };
  const closed = await userKubeconfig(SITE, SECRETS, viewer, MAKING);
  const refusal = await askAs(first, closed, '/api/v1/nodes');
  t.is(refusal.status, 403);
  t.regex(refusal.body, /User \\"jane\\" cannot GET/);
});

test('a certificate of another authority, one that has ended and one that has not begun are refused', async (t) => {
  const first = await firstController(t);
  const other = await makeSecrets(SITE, MAKING);
  const kubernetes = SECRETS.authorities.kubernetes;
  const past = { ...MAKING, now: new Date(Date.now() - 30 * DAY_MS) };
  const ended = await makeClientCertificate(
    clientUntil(new Date(Date.now() - DAY_MS)),
    kubernetes,
    past,
  );
  const future = { ...MAKING, now: new Date(Date.now() + 30 * DAY_MS) };
  const early = await makeClientCertificate(
    clientUntil(new Date(Date.now() + 60 * DAY_MS)),
    kubernetes,
    future,
  );
  for (const admin of [other.admin, ended, early]) {
    await t.throwsAsync(askAs(first, withAdmin(admin), '/api/v1/nodes'));
  }
  // Whoever trusts another authority does not talk to this server at all.
  await t.throwsAsync(askAs(first, adminKubeconfig(SITE, other), '/api/v1/nodes'), {
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  });
  t.is((await askAs(first, withAdmin(SECRETS.admin), '/api/v1/nodes')).status, 200);
});

/** Waits until the cluster has no Secret of a token: it looks at its manifests every few seconds. */
async function forgotten(box: Box, id: string): Promise<void> {
  for (let left = 100; left > 0; left -= 1) {
    const { body } = await box.admin('/api/v1/namespaces/kube-system/secrets');
    if (!body.includes(`bootstrap-token-${id}`)) return;
    await sleep(200);
  }
  throw new Error(`the token ${id} is still known`);
}

test('a token that was replaced is refused once the controller has the new manifests', async (t) => {
  const first = await firstController(t);
  const rotated = rotateTokens(SITE, SECRETS, { kind: 'workers' }, MACHINE_ENTROPY);
  await place(first, rotated);
  const ca = SECRETS.authorities.kubernetes.certificate;
  const join = async (name: string, { tokens }: Secrets): Promise<Box> => {
    const worker = await Box.create(t, name);
    const token = joinToken({
      role: 'worker',
      token: tokens.workers[name]!,
      host: first.address,
      ca,
    });
    await worker.startWorker('--token-file', await worker.write('token', token));
    return worker;
  };
  await (await join('w1', rotated)).logs('worker is running');
  await forgotten(first, SECRETS.tokens.workers.w2?.id ?? '');
  await (await join('w2', SECRETS)).logs('Unauthorized');
  const { body } = await first.admin('/api/v1/nodes');
  const { items }: { readonly items: readonly unknown[] } = JSON.parse(body);
  t.is(items.length, 1);
});
