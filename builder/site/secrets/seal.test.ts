import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  armor,
  Encrypter,
  generateHybridIdentity,
  generateIdentity,
  identityToRecipient,
} from 'age-encryption';
import test, { type ExecutionContext } from 'ava';
import type { KilnError } from '../../report/errors.ts';
import { fixedEntropy, keyringOf, TODAY, tinySite } from '../../testing/site-secrets.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { type OpenOptions, openSecrets } from './open.ts';
import { checkRecipients, sealText, unseal } from './seal.ts';

const SITE = tinySite({ c1: 'controller', w1: 'worker' });
const GROWN = tinySite({ c1: 'controller', w1: 'worker', w2: 'worker' });
const IDENTITIES = [
  await generateIdentity(),
  await generateIdentity(),
  await generateHybridIdentity(),
];
const RECIPIENTS = await Promise.all(IDENTITIES.map((identity) => identityToRecipient(identity)));
const [mine = '', other = '', hybrid = ''] = RECIPIENTS;
const [identity = '', otherIdentity = '', hybridIdentity = ''] = IDENTITIES;

async function setup(t: ExecutionContext) {
  t.timeout(2 * 60_000);
  const directory = await emptyDirectory(t);
  const path = join(directory, 'secrets.yaml');
  const options: OpenOptions = {
    path,
    keyring: keyringOf(),
    now: TODAY,
    entropy: fixedEntropy('seal'),
  };
  const open = async (more: Partial<OpenOptions>, site = SITE) =>
    await openSecrets(site, { ...options, ...more });
  const refusal = async (more: Partial<OpenOptions>): Promise<string> => {
    const error = await t.throwsAsync<KilnError>(open(more), { name: 'KilnError' });
    return `${error?.message}\n${error?.hint ?? ''}`.replaceAll(directory, '');
  };
  const text = async () => await readFile(path, 'utf8');
  return { path, open, refusal, text };
}

test('a bundle for recipients is read by each of them, and stays theirs when it is written again', async (t) => {
  const { path, open, text } = await setup(t);
  const wish = { kind: 'recipients', recipients: [mine, hybrid] } as const;
  const first = await open({ wish });
  t.is(first.seal, 'recipients');
  t.regex(await text(), /^-----BEGIN AGE ENCRYPTED FILE-----\n/);
  const { mtimeMs } = await stat(path);
  t.deepEqual((await open({ keyring: keyringOf({ identity }), wish })).secrets, first.secrets);
  t.is((await stat(path)).mtimeMs, mtimeMs);
  const grown = await open({ keyring: keyringOf({ identity }) }, GROWN);
  t.like(grown, { added: ['w2'], seal: 'recipients' });
  const again = await open({ keyring: keyringOf({ identity: hybridIdentity }) }, GROWN);
  t.deepEqual(again.secrets, grown.secrets);
  t.is((await stat(path)).mode & 0o777, 0o600);
});

test('recipients change when the user says so', async (t) => {
  const { open, refusal } = await setup(t);
  const first = await open({});
  await open({ wish: { kind: 'recipients', recipients: [mine] } });
  const wish = { kind: 'recipients', recipients: [other] } as const;
  t.true((await open({ keyring: keyringOf({ identity }), wish })).isResealed);
  t.snapshot(await refusal({ keyring: keyringOf({ identity }) }));
  const { secrets } = await open({ keyring: keyringOf({ identity: otherIdentity }) });
  t.deepEqual(secrets, first.secrets);
});

test('a bundle with a passphrase keeps it, and a wrong one is refused', async (t) => {
  const { open, refusal, text } = await setup(t);
  const keyring = keyringOf({ passphrase: 'correct horse' });
  const first = await open({ keyring });
  t.like(first, { isNew: true, seal: 'passphrase' });
  t.like(await open({ keyring }, GROWN), { added: ['w2'], seal: 'passphrase' });
  t.snapshot(await refusal({ keyring: keyringOf({ passphrase: 'wrong horse' }) }));
  // The library's own work factor.
  const header = Buffer.from(armor.decode(await text())).toString('latin1');
  t.regex(header, /^age-encryption\.org\/v1\n-> scrypt \S+ 18\n/);
});

test('a plain bundle is not encrypted by a passphrase that is only there, but the user is told', async (t) => {
  const { open, text } = await setup(t);
  await open({});
  const keyring = keyringOf({ passphrase: 'correct horse' });
  const { seal, isResealed, warnings } = await open({ keyring });
  t.deepEqual([seal, isResealed], ['plain', false]);
  t.regex(warnings.join(), /is not encrypted, though KILN_PASSPHRASE is set/);
  t.regex((await open({ keyring }, GROWN)).warnings.join(), /is not encrypted/);
  const sealed = await open({ keyring, wish: { kind: 'passphrase' } });
  t.like(sealed, { seal: 'passphrase', isResealed: true, warnings: [] });
  const wish = { kind: 'passphrase' } as const;
  t.false((await open({ keyring, wish })).isResealed);
  t.regex(await text(), /^-----BEGIN AGE/);
});

test('a bundle that is cut off or changed is told from one that is not ours', async (t) => {
  const { path, open, refusal, text } = await setup(t);
  const keyring = keyringOf({ identity });
  await open({ wish: { kind: 'recipients', recipients: [mine] } });
  const whole = await text();
  const raw = Buffer.from(armor.decode(whole));
  raw[raw.length - 1] = (raw.at(-1) ?? 0) ^ 1;
  const damages = [
    whole.slice(0, whole.length / 2),
    whole.slice(0, 40),
    armor.encode(raw),
    raw.subarray(0, 20_000 < raw.length ? 20_000 : 600),
    raw.subarray(0, 30),
    raw.subarray(0, 22),
    whole.replace('\n', '\n!'),
  ];
  const said = new Set<string>();
  for (const damage of damages) {
    await writeFile(path, damage);
    said.add(await refusal({ keyring }));
  }
  t.is(said.size, 1);
  t.snapshot([...said]);
});

test('age files without armor are read too', async (t) => {
  const encrypter = new Encrypter();
  encrypter.addRecipient(mine);
  const bytes = await encrypter.encrypt('x: ä\n');
  t.like(await unseal(bytes, 'x', keyringOf({ identity })), { text: 'x: ä\n', kind: 'recipients' });
  t.like(await unseal(Buffer.from('x: 1\n'), 'x', keyringOf()), { kind: 'plain' });
});

test('a text sealed twice is two files, and shows nothing', async (t) => {
  const seal = { kind: 'recipients', recipients: [mine] } as const;
  const [one, two] = [await sealText('secret', seal), await sealText('secret', seal)];
  t.not(one, two);
  t.is(one.length, two.length);
});

test('what is no recipient is refused before anything is made, and a secret key is not repeated', async (t) => {
  const { path, refusal } = await setup(t);
  const recipients = [
    mine,
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA',
    'age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e',
    mine.slice(0, -1),
    identity,
  ];
  const said = await refusal({ wish: { kind: 'recipients', recipients } });
  t.snapshot(said.replace(mine.slice(0, -1), 'age1<cut off>'));
  await t.throwsAsync(stat(path), { code: 'ENOENT' });
  t.notThrows(() => checkRecipients(RECIPIENTS));
});
