import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import { decodeBundle } from './bundle.ts';
import { readPrivate, writePrivate } from './bundle-file.ts';
import { formatBundle } from './bundle-schema.ts';
import { exclusively } from './exclusive.ts';
import { type Keyring, type Seal, sealText, unseal } from './seal.ts';
import type { Secrets } from './secrets.ts';

/** Where a site's bundle is, and what opens it. */
export interface BundlePlace {
  readonly path: string;
  /** Name of the site that it has to be of. */
  readonly site: string;
  readonly keyring: Keyring;
  readonly signal?: AbortSignal;
}

/**
 * Where a site's bundle is if nobody says otherwise: beside the site file, so that all that the site is made of is in
 * one place, and results may be thrown away. Pure.
 */
export function defaultBundlePath(siteFile: string, site: string): string {
  return join(dirname(siteFile), `${site}.secrets`);
}

/** A bundle as it was found. */
export interface Kept {
  readonly secrets: Secrets;
  readonly seal: Seal;
}

/**
 * Reads a bundle, or says that there is none.
 * @throws KilnError when it cannot be opened, is not what it should be, or is another site's
 */
export async function readBundle(place: BundlePlace): Promise<Kept | undefined> {
  return await openBytes(await readPrivate(place.path), place);
}

/**
 * Changes a bundle, or makes it: reads what is there, gives it to `change`, and writes what that gives back. Others
 * that do the same at the same time wait. What does not change is not written.
 */
export async function changeBundle(
  place: BundlePlace,
  change: (kept: Kept | undefined) => Promise<Kept>,
): Promise<Kept> {
  const { path, signal } = place;
  const directory = dirname(path);
  const made = await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    return await exclusively(path, () => changeAlone(place, change), signal && { signal });
  } catch (error) {
    if (made !== undefined) await removeEmpty(directory, made);
    throw error;
  }
}

/**
 * Another machine, or another container with the same directory, is not kept out: what it wrote meanwhile is seen,
 * and the change made of that.
 */
async function changeAlone(
  place: BundlePlace,
  change: (kept: Kept | undefined) => Promise<Kept>,
): Promise<Kept> {
  for (;;) {
    const bytes = await readPrivate(place.path);
    const before = await openBytes(bytes, place);
    const after = await change(before);
    if (after === before) return after;
    const text = await textOf(after);
    const meanwhile = await readPrivate(place.path);
    if (Buffer.compare(bytes ?? NOTHING, meanwhile ?? NOTHING) !== 0) continue;
    await writePrivate(place.path, text);
    return after;
  }
}

const NOTHING = Buffer.alloc(0);

async function openBytes(
  bytes: Buffer | undefined,
  { path, site, keyring }: BundlePlace,
): Promise<Kept | undefined> {
  if (bytes === undefined) return undefined;
  const { text, kind, passphrase = '' } = await unseal(bytes, path, keyring);
  const { secrets, recipients } = decodeBundle({ name: path, text });
  if (secrets.site !== site) {
    throw new KilnError(
      'definition',
      `${path} holds the secrets of the site "${secrets.site}", not of "${site}"`,
      { hint: 'name the bundle of this site, or another place for a new one' },
    );
  }
  return { secrets, seal: sealOf(kind, passphrase, recipients) };
}

/** Removes directories that were made, from the inner one up to the first, as far as nothing is in them. */
async function removeEmpty(directory: string, first: string): Promise<void> {
  const outer = resolve(first);
  for (let path = resolve(directory); path.startsWith(outer); path = dirname(path)) {
    const isGone = await rmdir(path).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

async function textOf({ secrets, seal }: Kept): Promise<string> {
  const recipients = seal.kind === 'recipients' ? seal.recipients : [];
  return await sealText(formatBundle({ secrets, recipients }), seal);
}

function sealOf(kind: Seal['kind'], passphrase: string, recipients: readonly string[]): Seal {
  switch (kind) {
    case 'plain':
      return { kind };
    case 'passphrase':
      return { kind, passphrase };
    case 'recipients':
      return { kind, recipients };
  }
}
