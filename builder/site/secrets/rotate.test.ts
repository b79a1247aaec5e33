import test, { type ExecutionContext } from 'ava';
import type { KilnError } from '../../report/errors.ts';
import { fixedEntropy, TODAY, tinySite } from '../../testing/site-secrets.ts';
import { makeSecrets, tokenIdsOf, tokensOf } from './complete.ts';
import { type Rotation, rotateTokens } from './rotate.ts';
import type { Secrets } from './secrets.ts';

const WITH_GONE = tinySite({ c1: 'controller', w1: 'worker', w2: 'worker', gone: 'worker' });
const SITE = tinySite({ c1: 'controller', w1: 'worker', w2: 'worker' });
const SECRETS = await makeSecrets(WITH_GONE, { now: TODAY, entropy: fixedEntropy('rotate') });

/** Names of tokens that are others now, and of those that are gone. All else stays. */
function changes(t: ExecutionContext, rotation: Rotation): readonly string[] {
  const after = rotateTokens(SITE, SECRETS, rotation, fixedEntropy('rotate'));
  t.deepEqual({ ...after, tokens: SECRETS.tokens }, SECRETS);
  t.is(tokenIdsOf(after).size, tokensOf(after).length);
  const now = new Map(named(after));
  return named(SECRETS).flatMap(([name, token]) => {
    const other = now.get(name);
    if (other === undefined) return [`${name} is gone`];
    return other.id === token.id || other.secret === token.secret ? [] : [name];
  });
}

function named({ tokens: { controller, shared, workers } }: Secrets) {
  return Object.entries({ controller, shared, ...workers });
}

test('all workers get new tokens, also the one that they may share; nodes that are gone lose theirs', (t) => {
  t.deepEqual(changes(t, { kind: 'workers' }), ['shared', 'w1', 'w2', 'gone is gone']);
});

test('one worker gets a new token', (t) => {
  t.deepEqual(changes(t, { kind: 'node', name: 'w2' }), ['w2']);
});

test('controllers get a new token', (t) => {
  t.deepEqual(changes(t, { kind: 'controllers' }), ['controller']);
});

test('a node that has no token is an error that says why', (t) => {
  const said = (name: string): string => {
    const rotation = { kind: 'node', name } as const;
    const error = t.throws<KilnError>(() =>
      rotateTokens(SITE, SECRETS, rotation, fixedEntropy('')),
    );
    return `${error?.message}\n${error?.hint}`;
  };
  t.snapshot(said('c1'));
  t.snapshot(said('w12'));
  t.snapshot(said('gone'));
});
