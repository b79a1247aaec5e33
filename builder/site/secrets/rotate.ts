import { KilnError } from '../../report/errors.ts';
import { didYouMean } from '../../report/suggest.ts';
import { type SecretsSite, tokenIdsOf, withWorkers } from './complete.ts';
import type { Entropy } from './entropy.ts';
import type { Secrets } from './secrets.ts';
import { makeTokenSecret } from './token.ts';

/** Which tokens are replaced: all workers' with the shared one, one worker's, or the controllers'. */
export type Rotation =
  | { readonly kind: 'workers' }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'controllers' };

/**
 * Replaces tokens. Of all workers only those stay that the site has: what else had a token cannot join any more. The
 * old ones are valid until the controllers have the new manifests. Pure, but for what the entropy is.
 * @throws KilnError `usage` when a node has no token
 */
export function rotateTokens(
  site: SecretsSite,
  secrets: Secrets,
  rotation: Rotation,
  entropy: Entropy,
): Secrets {
  // An id that was in use is not given again: its Secret in the cluster would be taken for the new one.
  const taken = tokenIdsOf(secrets);
  const fresh = () => makeTokenSecret(entropy, taken);
  const { tokens } = secrets;
  const workers = site.nodes.filter(({ role }) => role === 'worker').map(({ name }) => name);
  switch (rotation.kind) {
    case 'controllers':
      return { ...secrets, tokens: { ...tokens, controller: fresh() } };
    case 'workers': {
      const all = Object.fromEntries(workers.map((name) => [name, fresh()]));
      return { ...secrets, tokens: { ...tokens, shared: fresh(), workers: all } };
    }
    case 'node': {
      const { name } = rotation;
      if (!workers.includes(name)) throw notAWorker(site, name, workers);
      return withWorkers(secrets, { ...tokens.workers, [name]: fresh() });
    }
  }
}

function notAWorker(site: SecretsSite, name: string, workers: readonly string[]): KilnError {
  const node = site.nodes.find((each) => each.name === name);
  const why =
    node === undefined
      ? `the site has no node "${name}"${didYouMean(name, workers)}`
      : `"${name}" has no token of its own: its role is ${node.role}`;
  return new KilnError('usage', why, {
    hint: 'only workers have tokens of their own; --controllers replaces the one that controllers share',
  });
}
