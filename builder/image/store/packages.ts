import type { Sha256 } from '../../report/sha256.ts';
import type { LockedPackage } from '../lock/lockfile.ts';
import { type FetchOptions, fetchAll } from './fetch.ts';
import type { Mirrors } from './mirrors.ts';
import type { Store, VerifiedPath } from './store.ts';

/** What has to be known of a package to fetch it: locks and indexes say it. */
export type DebFile = Pick<
  LockedPackage,
  'name' | 'version' | 'archive' | 'path' | 'sizeBytes' | 'sha256'
>;

/**
 * Makes sure that all these packages are in the store. The mirrors are looked for only when a package
 * is missing: with a warm store nothing about the host's network or apt sources matters.
 */
export async function fetchPackages(
  packages: readonly DebFile[],
  store: Store,
  findMirrors: () => Promise<Mirrors>,
  options: FetchOptions,
): Promise<ReadonlyMap<Sha256, VerifiedPath>> {
  const found = new Map<Sha256, VerifiedPath>();
  const missing: DebFile[] = [];
  for (const locked of packages) {
    const path = await store.get(locked.sha256);
    if (path === undefined) missing.push(locked);
    else found.set(locked.sha256, path);
  }
  if (missing.length === 0) return found;
  const mirrors = await findMirrors();
  const wanted = missing.map(({ name, version, sha256, sizeBytes, archive, path }) => ({
    name: `${name} ${version}`,
    sha256,
    sizeBytes,
    urls: mirrors.urlsFor(archive, path),
  }));
  return new Map([...found, ...(await fetchAll(wanted, store, options))]);
}
