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
  for (const name of unknowable(seeds)) {
    const message = `${name} has no MAC, serial number or UUID in ${file}: it gets no seed here`;
    session.progress.warn(message);
  }
  return new SeedKeeper(seeds);
}
