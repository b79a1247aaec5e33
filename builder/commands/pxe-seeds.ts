import { SeedKeeper } from '../pxe/seeds/keeper.ts';
import { siteSeeds, unknowable } from '../pxe/seeds/site-seeds.ts';
import { describeDiagnostic } from '../report/format.ts';
import { loadSite } from '../site/definition/load.ts';
import { readBundle } from '../site/secrets/bundle-store.ts';
import { checkSecrets } from '../site/secrets/check.ts';
import type { Session } from './options.ts';
import { bundlePlaceOf, presentBundle, type SecretsOptions } from './secrets-options.ts';

/**
 * Opens the seeds of a site, with the secrets that are there.
 * @throws KilnError when the site file is wrong, or its secrets cannot be opened or were never made
 */
export async function openSeeds(
  file: string,
  options: SecretsOptions,
  session: Session,
): Promise<SeedKeeper> {
  const { progress } = session;
  const { site, warnings } = await loadSite(file);
  for (const warning of warnings) progress.warn(describeDiagnostic(warning));
  const place = bundlePlaceOf({ file, site }, options, session);
  const { secrets } = presentBundle(await readBundle(place), place.path, file);
  for (const text of checkSecrets(secrets, place.path, session.now)) progress.warn(text);
  const seeds = siteSeeds(site, secrets);
  for (const name of unknowable(seeds)) {
    progress.warn(`${name} has neither a MAC nor a serial number in ${file}: it gets no seed here`);
  }
  return new SeedKeeper(seeds);
}
