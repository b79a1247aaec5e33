import type { Site } from '../definition/site.ts';
import type { Secrets, TokenSecret } from '../secrets/secrets.ts';
import { type TokenRole, tokenResource } from '../secrets/token.ts';

/** k0s's name for a directory of manifests that it applies, and prunes, together. */
export const TOKENS = 'kiln-tokens';

/**
 * The `manifests` key of controllers' metadata: the site's own, and the Secrets that make its tokens valid. It is
 * the same on each controller, because each may come to apply it. Pure.
 */
export function manifestsOf(
  site: Site,
  secrets: Secrets,
  controllerCount: number,
): Readonly<Record<string, string>> {
  const own = site.manifests.map(({ stack, name, text }) => [`${stack}/${name}.yaml`, text]);
  const { tokens } = secrets;
  const workers = workerTokens(site, secrets);
  return {
    ...(Object.fromEntries(own) as Readonly<Record<string, string>>),
    ...(workers.length > 0 && { [`${TOKENS}/workers.yaml`]: manifest('worker', workers) }),
    ...(controllerCount > 1 &&
      site.storage.kind === 'etcd' && {
        [`${TOKENS}/controllers.yaml`]: manifest('controller', [tokens.controller]),
      }),
  };
}

/** The token of a worker. Pure. */
export function tokenOfWorker(site: Site, { tokens }: Secrets, name: string): TokenSecret {
  if (site.workerTokens === 'shared') return tokens.shared;
  const token = Object.hasOwn(tokens.workers, name) ? tokens.workers[name] : undefined;
  if (token === undefined) throw new Error(`the secrets have no token for the worker ${name}`);
  return token;
}

function workerTokens(site: Site, secrets: Secrets): readonly TokenSecret[] {
  const workers = site.nodes.filter(({ role }) => role === 'worker');
  if (workers.length === 0) return [];
  if (site.workerTokens === 'shared') return [secrets.tokens.shared];
  return workers.map(({ name }) => tokenOfWorker(site, secrets, name));
}

/** One line a token: a controller's metadata may have 4 MiB, and a site ten thousand workers. */
function manifest(role: TokenRole, tokens: readonly TokenSecret[]): string {
  return tokens.map((token) => `---\n${JSON.stringify(tokenResource(role, token))}\n`).join('');
}
