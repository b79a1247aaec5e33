import { SeedKeeper } from '../pxe/seeds/keeper.ts';
import { siteSeeds, unknowable } from '../pxe/seeds/site-seeds.ts';
import type { Session } from './options.ts';
import { openSite } from './site/open-site.ts';
import type { SecretsOptions } from './site/secrets-flags.ts';
import { readSiteSecrets } from './site/secrets-options.ts';

/**
 * Opens the seeds of a site, with the secrets that are there.
 * @throws KilnError when the site file is wrong, or its secrets cannot be opened or were never made
 */
export async function openSeeds(
  file: string,
  options: SecretsOptions,
  session: Session,
): Promise<SeedKeeper> {
  const site = await openSite(file, session);
  const seeds = siteSeeds(site, await readSiteSecrets({ file, site }, options, session));
  const warning = unknowableText(unknowable(seeds), file);
  if (warning !== undefined) session.progress.warn(warning);
  return new SeedKeeper(seeds);
}

/** Names are enough for a few; a site may have hundreds that lack the same. */
const NAMED = 8;

/** What to say of nodes that no machine could be taken for; undefined when there are none. Pure. */
export function unknowableText(names: readonly string[], file: string): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const [who, get] = names.length === 1 ? ['node has', 'gets'] : ['nodes have', 'get'];
  const list = `${names.slice(0, NAMED).join(', ')}${more}`;
  return `${names.length} ${who} no MAC, serial number or UUID in ${file} and ${get} no seed here: ${list}`;
}
