import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import type { Making } from './authority.ts';
import { decodeBundle } from './bundle.ts';
import { readPrivate, writePrivate } from './bundle-file.ts';
import { type Bundle, formatBundle } from './bundle-schema.ts';
import { completeSecrets, makeSecrets, type SecretsSite } from './complete.ts';
import { exclusively } from './exclusive.ts';
import type { Secrets } from './secrets.ts';

export interface OpenOptions extends Making {
  /** Where the bundle is, or will be. */
  readonly path: string;
  readonly signal?: AbortSignal;
}

/** The secrets of a site, and what was done to have them. */
export interface Opened {
  readonly secrets: Secrets;
  /** Whether the bundle was not there. */
  readonly isNew: boolean;
  /** Names of workers whose tokens were added to a bundle that was there. */
  readonly added: readonly string[];
}

/**
 * Reads a site's bundle, or makes it; workers that are new in the site get their tokens. Others that do the same at
 * the same time wait.
 */
export async function openSecrets(site: SecretsSite, options: OpenOptions): Promise<Opened> {
  const { path, signal } = options;
  const present = await readBundle(site, path);
  if (present !== undefined) {
    const { added } = completeSecrets(site, present.secrets, options.entropy);
    if (added.length === 0) return { secrets: present.secrets, isNew: false, added };
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return await exclusively(path, () => fill(site, options), signal && { signal });
}

async function fill(site: SecretsSite, options: OpenOptions): Promise<Opened> {
  const { path } = options;
  const present = await readBundle(site, path);
  if (present === undefined) {
    const secrets = await makeSecrets(site, options);
    await writePrivate(path, formatBundle({ secrets, recipients: [] }));
    return { secrets, isNew: true, added: [] };
  }
  const { secrets, added } = completeSecrets(site, present.secrets, options.entropy);
  if (added.length > 0) await writePrivate(path, formatBundle({ ...present, secrets }));
  return { secrets, isNew: false, added };
}

async function readBundle(site: SecretsSite, path: string): Promise<Bundle | undefined> {
  const bytes = await readPrivate(path);
  if (bytes === undefined) return undefined;
  const bundle = decodeBundle({ name: path, text: bytes.toString('utf8') });
  if (bundle.secrets.site !== site.name) {
    throw new KilnError(
      'definition',
      `${path} holds the secrets of the site "${bundle.secrets.site}", not of "${site.name}"`,
      { hint: 'name the bundle of this site, or another place for a new one' },
    );
  }
  return bundle;
}
