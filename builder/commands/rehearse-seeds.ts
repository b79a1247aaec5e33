import { access, readFile } from 'node:fs/promises';
import { KilnError } from '../report/errors.ts';
import { sha256 } from '../report/sha256.ts';
import type { Site, SiteNode } from '../site/definition/site.ts';
import { nodeFilesOf } from '../site/node-files/node-files-of.ts';
import { seedIso } from '../site/seed-iso/seed-iso.ts';
import type { Session } from './options.ts';
import type { SecretsOptions } from './site/secrets-flags.ts';
import { bundlePlaceOf, readSiteSecrets } from './site/secrets-options.ts';

/** A node and where its seed is. */
export interface PlacedSeed {
  readonly node: SiteNode;
  readonly iso: string;
}

/**
 * Every seed has to be there.
 * @throws KilnError `usage` with all that are missing
 */
export async function requireSeeds(file: string, seeds: readonly PlacedSeed[]): Promise<void> {
  const missing: string[] = [];
  for (const { iso } of seeds) {
    await access(iso).catch(() => missing.push(iso));
  }
  if (missing.length === 0) return;
  throw new KilnError('usage', `there is no seed: ${missing.join(', ')}`, {
    hint: `\`kiln site ${file}\` makes them; --seeds names another directory`,
  });
}

/**
 * Compares seeds with what the site says now, which takes its secrets; without them it warns.
 * @throws KilnError `usage` with the seeds that are of another time
 */
export async function refuseStale(
  { file, site }: { readonly file: string; readonly site: Site },
  seeds: readonly PlacedSeed[],
  options: SecretsOptions,
  session: Session,
): Promise<void> {
  const { path } = bundlePlaceOf({ file, site }, options, session);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    session.progress.warn(
      `there are no secrets in ${path}: nobody can tell whether the seeds are what ${file} says now`,
    );
    return;
  }
  const filesOf = nodeFilesOf(site, await readSiteSecrets({ file, site }, options, session));
  const stale: string[] = [];
  for (const { node, iso } of seeds) {
    if (sha256(seedIso(filesOf(node))) !== sha256(await readFile(iso))) stale.push(iso);
  }
  if (stale.length === 0) return;
  throw new KilnError('usage', `not what ${file} says now: ${stale.join(', ')}`, {
    hint: `\`kiln site ${file}\` makes them anew; with --seeds they are taken as they are`,
  });
}
