import test from 'ava';
import { fixedEntropy, TODAY, tinySite } from '../../testing/site-secrets.ts';
import { completeSecrets, makeSecrets, renewAdmin, tokenIdsOf } from './complete.ts';

const SITE = tinySite({ c1: 'controller', c2: 'controller+worker', w1: 'worker', w2: 'worker' });

const making = (name: string) => ({ now: TODAY, entropy: fixedEntropy(name) });

test('the same chance and time give the same secrets', async (t) => {
  const [one, same, other] = [
    await makeSecrets(SITE, making('a')),
    await makeSecrets(SITE, making('a')),
    await makeSecrets(SITE, making('b')),
  ];
  t.deepEqual(one, same);
  t.notDeepEqual(one.tokens, other.tokens);
  t.regex(one.vrrpPassword, /^[a-z0-9]{8}$/);
});

test('each worker has a token of its own, and nobody else', async (t) => {
  const { tokens } = await makeSecrets(SITE, making('a'));
  t.deepEqual(Object.keys(tokens.workers), ['w1', 'w2']);
});

test('a new worker gets a token, all else stays, and so do tokens of nodes that are gone', async (t) => {
  const before = await makeSecrets(SITE, making('a'));
  const grown = tinySite({
    c1: 'controller',
    w2: 'worker',
    ...({ constructor: 'worker', w3: 'worker' } as const),
  });
  const { secrets, added } = completeSecrets(grown, before, fixedEntropy('a'));
  t.deepEqual(added, ['constructor', 'w3']);
  t.deepEqual(Object.keys(secrets.tokens.workers), ['w1', 'w2', 'constructor', 'w3']);
  const { constructor: _, w3: __, ...kept } = secrets.tokens.workers;
  t.deepEqual({ ...secrets, tokens: { ...secrets.tokens, workers: kept } }, before);
  // The same bytes were drawn again: no id is given twice all the same.
  t.is(tokenIdsOf(secrets).size, 6);
  t.is(completeSecrets(grown, secrets, fixedEntropy('a')).secrets, secrets);
});

test('10,000 workers have tokens of different names', async (t) => {
  const names = Array.from({ length: 10_000 }, (_, at) => [`w${at}`, 'worker'] as const);
  const site = tinySite({ c1: 'controller', ...Object.fromEntries(names) });
  const secrets = await makeSecrets(site, making('many'));
  t.is(tokenIdsOf(secrets).size, 10_002);
});

test('the administrator is renewed by the same authority', async (t) => {
  const before = await makeSecrets(SITE, making('a'));
  const { admin, ...rest } = await renewAdmin(before, making('b'));
  const { admin: old, ...same } = before;
  t.not(admin.certificate, old.certificate);
  t.deepEqual(rest, same);
});
