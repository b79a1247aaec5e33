import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fixedEntropy, keyringOf, TODAY, tinySite } from '../../testing/site-secrets.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import type { Role } from '../definition/site.ts';
import { formatBundle } from './bundle-schema.ts';
import { makeSecrets } from './complete.ts';
import { type OpenOptions, openSecrets } from './open.ts';
import type { Secrets } from './secrets.ts';

const SITE = tinySite({ c1: 'controller', w1: 'worker' });
const DAY_MS = 86_400_000;

async function setup(t: ExecutionContext) {
  t.timeout(2 * 60_000);
  const directory = await emptyDirectory(t);
  const path = join(directory, 'plant7', 'secrets.yaml');
  const options: OpenOptions = {
    path,
    keyring: keyringOf(),
    now: TODAY,
    entropy: fixedEntropy('open'),
  };
  const open = async (nodes: Readonly<Record<string, Role>>, more: Partial<OpenOptions> = {}) =>
    await openSecrets(tinySite(nodes), { ...options, ...more });
  /** What opening says of other secrets. */
  const refusal = async (secrets: Secrets, more: Partial<OpenOptions> = {}) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, formatBundle({ secrets, recipients: [] }), { mode: 0o600 });
    const error = await t.throwsAsync(openSecrets(SITE, { ...options, ...more }));
    return error?.message.replaceAll(directory, '');
  };
  return { directory, path, options, open, refusal };
}

test('secrets are made once, and are the same ever after', async (t) => {
  const { path, open } = await setup(t);
  const first = await open({ c1: 'controller', w1: 'worker' });
  t.like(first, { isNew: true, added: [], seal: 'plain', warnings: [] });
  t.is((await stat(path)).mode & 0o777, 0o600);
  const text = await readFile(path, 'utf8');
  const { mtimeMs } = await stat(path);
  const again = await open(
    { c1: 'controller', w1: 'worker' },
    { entropy: fixedEntropy('other'), now: new Date(TODAY.getTime() + DAY_MS) },
  );
  t.like(again, { isNew: false, added: [] });
  t.deepEqual(again.secrets, first.secrets);
  t.is(await readFile(path, 'utf8'), text);
  t.is((await stat(path)).mtimeMs, mtimeMs);
});

test('a new worker is told, and nothing else changes', async (t) => {
  const { path, open } = await setup(t);
  await open({ c1: 'controller', w1: 'worker', w3: 'worker' });
  const before = (await readFile(path, 'utf8')).split('\n');
  const { added, isNew, secrets } = await open({ c1: 'controller', w2: 'worker' });
  t.deepEqual([added, isNew], [['w2'], false]);
  t.deepEqual(Object.keys(secrets.tokens.workers), ['w1', 'w3', 'w2']);
  const after = (await readFile(path, 'utf8')).split('\n');
  t.deepEqual(
    after.filter((line) => !before.includes(line)).map((line) => line.replace(/:.*/, '')),
    ['    w2'],
  );
  t.is(after.length, before.length + 1);
});

test("another site's bundle is refused", async (t) => {
  const { refusal } = await setup(t);
  const other = await makeSecrets(tinySite({ c1: 'controller' }, 'plant8'), {
    now: TODAY,
    entropy: fixedEntropy('8'),
  });
  t.snapshot(await refusal(other));
});

test('secrets that do not fit together are refused, all at once', async (t) => {
  const { options, refusal } = await setup(t);
  const good = await makeSecrets(SITE, options);
  const { kubernetes, etcd } = good.authorities;
  t.snapshot(
    await refusal({
      ...good,
      authorities: {
        kubernetes: etcd,
        frontProxy: { ...etcd, key: kubernetes.key },
        etcd: kubernetes,
      },
      serviceAccounts: { ...good.serviceAccounts, key: etcd.key },
      tokens: { ...good.tokens, shared: good.tokens.controller },
    }),
  );
});

test('an administrator of another authority is refused', async (t) => {
  const { options, refusal } = await setup(t);
  const good = await makeSecrets(SITE, options);
  const entropy = fixedEntropy('later');
  for (let drawn = 0; drawn < 3; drawn += 1) await entropy.rsaKey();
  const { admin } = await makeSecrets(SITE, { now: TODAY, entropy });
  t.snapshot(await refusal({ ...good, admin }));
});

test('a certificate that is none is refused', async (t) => {
  const { options, refusal } = await setup(t);
  const good = await makeSecrets(SITE, options);
  const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const key = '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n';
  t.snapshot(await refusal({ ...good, admin: { ...good.admin, certificate } }));
  t.snapshot(await refusal({ ...good, admin: { ...good.admin, key } }));
});

test('an authority that has ended is an error', async (t) => {
  const { options, refusal } = await setup(t);
  const now = new Date(TODAY.getTime() + 3651 * DAY_MS);
  t.snapshot(await refusal(await makeSecrets(SITE, options), { now }));
});

test('what ends soon is a warning that says what to do', async (t) => {
  const { open } = await setup(t);
  const nodes = { c1: 'controller', w1: 'worker' } as const;
  await open(nodes);
  const warningsIn = async (days: number) =>
    (await open(nodes, { now: new Date(TODAY.getTime() + days * DAY_MS) })).warnings;
  t.deepEqual(await warningsIn(330), []);
  t.snapshot(await warningsIn(340));
  t.snapshot(await warningsIn(400));
  t.snapshot(await warningsIn(3600));
  t.snapshot(await warningsIn(-10));
});
