import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import type { Meter } from '../../report/progress.ts';
import type { Sha256 } from '../../report/sha256.ts';
import type { Patience } from '../store/attempts.ts';
import { fetchAll } from '../store/fetch.ts';
import type { Store } from '../store/store.ts';
import { assetUrls, sumsUrl } from './release.ts';

/** What getting a file of a release needs besides the store. */
export interface AssetOptions {
  readonly progress: Meter;
  readonly signal?: AbortSignal;
  /** For `KILN_K0S_MIRROR` and proxies. */
  readonly env: NodeJS.ProcessEnv;
  readonly patience?: Patience;
}

/** A file of a k0s release. */
export interface Asset {
  /** For messages. */
  readonly name: string;
  readonly version: string;
  /** Its name in the release. */
  readonly asset: string;
  readonly sha256: Sha256;
  /** What to do when it cannot be had. */
  readonly waysOut: string;
}

/**
 * Path of a release's file, from the store or downloaded into it; an earlier download that was cut is continued.
 * Throws KilnError `download` or `verification`, naming the address, the digest and the ways out.
 */
export async function obtainAsset(
  { name, version, asset, sha256, waysOut }: Asset,
  store: Store,
  options: AssetOptions,
): Promise<string> {
  const present = await store.get(sha256);
  if (present !== undefined) return present;
  const urls = assetUrls(version, asset, options.env);
  try {
    const found = await fetchAll([{ name, sha256, urls }], store, options);
    return found.get(sha256) ?? store.layout.fileOf(sha256);
  } catch (error) {
    if (!(error instanceof KilnError) || error.code === 'interrupted' || error.code === 'host') {
      throw error;
    }
    const expected = error.code === 'download' ? `\n  expected: sha256 ${sha256}` : '';
    throw new KilnError(error.code, error.message + expected, { hint: waysOut, cause: error });
  }
}

/** A release's file that is not pinned: nothing is downloaded that cannot be verified. */
export function unpinned(key: string, version: string, asset: string): KilnError {
  const what = `k0s ${version}: the definition has no ${key}, so the download could not be verified`;
  return new KilnError('definition', what, {
    hint: `add ${key}: the line "*${asset}" of ${sumsUrl(version)} has it`,
  });
}

/** The release that a file's name tells. */
export function versionInName(path: string): string | undefined {
  return /v\d+\.\d+\.\d+(-[a-z0-9.]+)?\+k0s\.\d+/.exec(basename(path))?.[0];
}

/** A file of the user's, with its digest and size. */
export async function measure(path: string, store: Store) {
  const sha256 = await store.digestOf(path);
  return { path, sha256, sizeBytes: (await stat(path)).size };
}
