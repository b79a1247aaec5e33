import type { Site } from '../definition/site.ts';
import { clusterOf } from '../node-files/cluster.ts';
import { TOKENS } from '../node-files/manifests.ts';
import type { Secrets } from '../secrets/secrets.ts';

/**
 * The Secrets that make a site's tokens valid, as controllers have them from their seeds: for a cluster that runs,
 * whose controllers do not know of a new worker yet. Empty when no node joins another. Pure.
 */
export function tokensText(site: Site, secrets: Secrets): string {
  return Object.entries(clusterOf(site, secrets).manifests)
    .filter(([name]) => name.startsWith(`${TOKENS}/`))
    .map(([, text]) => text)
    .join('');
}
