import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateIdentity } from 'age-encryption';
import test, { type ExecutionContext } from 'ava';
import type { KilnError } from '../../report/errors.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { type AskSecret, commandKeyring } from './keyring.ts';
import type { Keyring } from './seal.ts';

const IDENTITY = await generateIdentity();

const nobody: AskSecret = async () => undefined;

function answering(...answers: readonly string[]) {
  const left = [...answers];
  const asked: string[] = [];
  const ask: AskSecret = async (question) => {
    asked.push(question);
    return left.shift();
  };
  return { ask, asked };
}

async function refusal(t: ExecutionContext, work: Promise<unknown>): Promise<string> {
  const error = await t.throwsAsync<KilnError>(work, { name: 'KilnError' });
  return `${error?.message}\n${error?.hint ?? ''}`;
}

test('the passphrase of the environment is taken, and nobody asked', async (t) => {
  const keyring = commandKeyring({ KILN_PASSPHRASE: 'horse' }, nobody);
  t.true(keyring.hasPassphrase);
  t.is(await keyring.passphrase('open', 'x'), 'horse');
  t.is(await keyring.passphrase('new', 'x'), 'horse');
});

test('a person is asked once, and twice for a new passphrase', async (t) => {
  const { ask, asked } = answering('horse', 'horse');
  const keyring = commandKeyring({}, ask);
  t.false(keyring.hasPassphrase);
  t.is(await keyring.passphrase('new', 'x'), 'horse');
  t.is(await keyring.passphrase('open', 'x'), 'horse');
  t.deepEqual(asked, ['New passphrase for x: ', 'Again, for x: ']);
});

test('new passphrases that differ or are empty are refused', async (t) => {
  const say = (...answers: readonly string[]) =>
    commandKeyring({}, answering(...answers).ask).passphrase('new', 'x');
  t.snapshot(await refusal(t, say('horse', 'house')));
  t.snapshot(await refusal(t, say('')));
});

test('without a terminal the error says what to set', async (t) => {
  t.snapshot(
    await refusal(t, commandKeyring({ KILN_PASSPHRASE: '' }, nobody).passphrase('open', 'x')),
  );
});

async function identitiesIn(t: ExecutionContext, text: string, mode = 0o600) {
  const directory = await emptyDirectory(t);
  const file = join(directory, 'key.txt');
  await writeFile(file, text);
  await chmod(file, mode);
  const keyring: Keyring = commandKeyring({ KILN_IDENTITY: file }, nobody);
  const said = async () => (await refusal(t, keyring.identities('x'))).replaceAll(directory, '');
  return { keyring, said };
}

test('identities are read as age-keygen writes them', async (t) => {
  const text = `# created: today\r\n# public key: age1\r\n\r\n${IDENTITY}\r\n`;
  const { keyring } = await identitiesIn(t, text);
  t.deepEqual(await keyring.identities('x'), [IDENTITY]);
});

test('an identity file that is wrong, empty, missing or open to others is refused, and not shown', async (t) => {
  t.snapshot(await (await identitiesIn(t, `# x\n${IDENTITY}\nsecret text\n`)).said());
  t.snapshot(await (await identitiesIn(t, '# x\n')).said());
  t.snapshot(await (await identitiesIn(t, `${IDENTITY}\n`, 0o644)).said());
  t.snapshot(await refusal(t, commandKeyring({}, nobody).identities('x')));
  const missing = commandKeyring({ KILN_IDENTITY: '/nowhere/key.txt' }, nobody);
  t.snapshot(await refusal(t, missing.identities('x')));
});
