import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fixedEntropy, TODAY, tinySite } from '../../testing/site-secrets.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { type RunResult, run } from '../../tools/run.ts';
import { type Making, makeAuthority } from './authority.ts';
import { makeClientCertificate } from './certificate.ts';
import { makeSecrets } from './complete.ts';
import type { Authority } from './secrets.ts';

const MAKING: Making = { now: TODAY, entropy: fixedEntropy('openssl') };
const DAY_S = 86_400;

/** OpenSSL in a directory with all that a site has. */
async function setup(t: ExecutionContext) {
  t.timeout(5 * 60_000);
  const directory = await emptyDirectory(t);
  const toolbox = await testToolbox();
  const openssl = async (...argv: readonly string[]): Promise<RunResult> =>
    await run([...toolbox.command('openssl'), ...argv], {
      env: toolbox.env,
      cwd: directory,
      okExitCodes: [0, 1, 2],
    });
  const place = async (name: string, { certificate, key }: Authority): Promise<void> => {
    await writeFile(join(directory, `${name}.crt`), certificate);
    await writeFile(join(directory, `${name}.key`), key);
  };
  const secrets = await makeSecrets(tinySite({ c1: 'controller' }), MAKING);
  await place('ca', secrets.authorities.kubernetes);
  await place('front-proxy-ca', secrets.authorities.frontProxy);
  await place('etcd-ca', secrets.authorities.etcd);
  await place('admin', secrets.admin);
  await writeFile(join(directory, 'sa.key'), secrets.serviceAccounts.key);
  await writeFile(join(directory, 'sa.pub'), secrets.serviceAccounts.publicKey);
  return { openssl, place, secrets };
}

/** What OpenSSL shows of a certificate, without what is random. */
async function shown(openssl: (...argv: readonly string[]) => Promise<RunResult>, name: string) {
  const options = ['-noout', '-text', '-certopt', 'no_pubkey,no_sigdump,no_serial'];
  const { stdout } = await openssl('x509', '-in', `${name}.crt`, ...options);
  return stdout.replaceAll(/[0-9A-F]{2}(:[0-9A-F]{2}){19}/g, '<key id>');
}

const at = (days: number): readonly string[] => [
  '-attime',
  String(TODAY.getTime() / 1000 + days * DAY_S),
];

test('authorities are as k0s makes its own', async (t) => {
  const { openssl } = await setup(t);
  for (const name of ['ca', 'front-proxy-ca', 'etcd-ca'])
    t.snapshot(await shown(openssl, name), name);
  t.regex((await openssl('rsa', '-in', 'ca.key', '-noout', '-text')).stdout, /\(2048 bit/);
});

test('the administrator has a certificate for clients only', async (t) => {
  const { openssl } = await setup(t);
  t.snapshot(await shown(openssl, 'admin'));
  t.is((await openssl('x509', '-in', 'admin.crt', '-noout', '-ext', 'subjectAltName')).stdout, '');
});

test('the chain holds, strictly, for a client and for no server', async (t) => {
  const { openssl } = await setup(t);
  const verify = async (...argv: readonly string[]) =>
    await openssl('verify', '-x509_strict', '-CAfile', 'ca.crt', ...argv, 'admin.crt');
  t.is((await verify(...at(0), '-purpose', 'sslclient')).stdout, 'admin.crt: OK\n');
  t.regex(
    (await verify(...at(0), '-purpose', 'sslserver')).stderr,
    /unsuitable certificate purpose/,
  );
  t.is((await verify(...at(-2), '-purpose', 'sslclient')).stdout, 'admin.crt: OK\n');
  t.regex((await verify(...at(-3))).stderr, /not yet valid/);
  t.regex((await verify(...at(366))).stderr, /certificate has expired/);
  const other = ['verify', '-CAfile', 'etcd-ca.crt', ...at(0), 'admin.crt'];
  t.regex((await openssl(...other)).stderr, /unable to get local issuer/);
});

test('an authority of the same name with another key signs nothing for it', async (t) => {
  const { openssl, place } = await setup(t);
  const entropy = { ...MAKING.entropy, rsaKey: async () => (await makeOther()).key };
  await place('other', await makeAuthority('kubernetes-ca', { ...MAKING, entropy }));
  const { stdout, stderr } = await openssl('verify', ...at(0), '-CAfile', 'other.crt', 'admin.crt');
  t.regex(stdout + stderr, /verification failed|signature failure|unable to get local issuer/);
});

async function makeOther(): Promise<Authority> {
  const entropy = fixedEntropy('other');
  for (let drawn = 0; drawn < 6; drawn += 1) await entropy.rsaKey();
  return await makeAuthority('other', { now: TODAY, entropy });
}

test("keys are those of the certificates, and the service accounts' halves belong together", async (t) => {
  const { openssl } = await setup(t);
  for (const name of ['ca', 'front-proxy-ca', 'etcd-ca', 'admin']) {
    const own = (await openssl('x509', '-in', `${name}.crt`, '-noout', '-pubkey')).stdout;
    t.is((await openssl('pkey', '-in', `${name}.key`, '-pubout')).stdout, own, name);
  }
  const { stdout } = await openssl('pkey', '-in', 'sa.key', '-pubout');
  t.is(stdout, (await openssl('pkey', '-pubin', '-in', 'sa.pub')).stdout);
});

test('-checkend agrees about the ends', async (t) => {
  const { openssl, place, secrets } = await setup(t);
  // OpenSSL asks the real clock here.
  const now = new Date();
  const expires = new Date(now.getTime() + 2 * DAY_S * 1000);
  const client = { user: 'jane', groups: ['operators', 'näht'], expires };
  const making = { ...MAKING, now };
  await place('jane', await makeClientCertificate(client, secrets.authorities.kubernetes, making));
  const ends = async (seconds: number) =>
    (await openssl('x509', '-in', 'jane.crt', '-noout', '-checkend', String(seconds))).exitCode;
  t.deepEqual([await ends(DAY_S), await ends(3 * DAY_S)], [0, 1]);
  const named = ['-noout', '-subject', '-nameopt', 'utf8,sep_comma_plus'];
  t.is(
    (await openssl('x509', '-in', 'jane.crt', ...named)).stdout,
    'subject=O=operators,O=näht,CN=jane\n',
  );
});

test('no certificate outlives its authority', async (t) => {
  const { openssl, place, secrets } = await setup(t);
  const client = { user: 'jane', groups: [], expires: new Date('2100-01-01T00:00:00Z') };
  await place('jane', await makeClientCertificate(client, secrets.authorities.kubernetes, MAKING));
  const end = async (name: string) =>
    (await openssl('x509', '-in', `${name}.crt`, '-noout', '-enddate')).stdout;
  t.is(await end('jane'), await end('ca'));
});
