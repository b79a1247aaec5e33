import type { Making } from './authority.ts';
import { type BundlePlace, changeBundle, type Kept, readBundle } from './bundle-store.ts';
import { checkSecrets } from './check.ts';
import { completeSecrets, makeSecrets, type SecretsSite } from './complete.ts';
import { checkRecipients, type Seal } from './seal.ts';
import type { Secrets } from './secrets.ts';

/** How the user wants a bundle to be kept; without a wish it stays as it is, and a new one is plain. */
export type SealWish =
  | { readonly kind: 'recipients'; readonly recipients: readonly string[] }
  | { readonly kind: 'passphrase' };

const BY_PASSPHRASE: SealWish = { kind: 'passphrase' };

export interface OpenOptions extends Making, Omit<BundlePlace, 'site'> {
  readonly wish?: SealWish;
}

/** The secrets of a site, and what was done to have them. */
export interface Opened {
  readonly secrets: Secrets;
  /** Whether the bundle was not there. */
  readonly isNew: boolean;
  /** Names of workers whose tokens were added to a bundle that was there. */
  readonly added: readonly string[];
  /** How it is kept now. */
  readonly seal: Seal['kind'];
  /** Whether a bundle that was there is kept otherwise from now on: encrypted, or for others. */
  readonly isResealed: boolean;
  /** What ends soon, and what to do about it. */
  readonly warnings: readonly string[];
}

/**
 * Reads a site's bundle, or makes it. What is in it never changes; workers that are new in the site get their tokens.
 * @throws KilnError when it cannot be opened or written, DiagnosticsError when its secrets do not fit or have run out
 */
export async function openSecrets(site: SecretsSite, options: OpenOptions): Promise<Opened> {
  const { wish, now } = options;
  if (wish?.kind === 'recipients') checkRecipients(wish.recipients);
  const place = { ...options, site: site.name };
  const present = await readBundle(place);
  const opened = present && completed(present, site, options);
  if (present !== undefined && opened?.added.length === 0 && fits(present.seal, wish)) {
    const warnings = [
      ...checkSecrets(present.secrets, options.path, now),
      ...plainWarning(present.seal, options),
    ];
    return { ...opened, isNew: false, seal: present.seal.kind, isResealed: false, warnings };
  }
  return await fill(site, place, options);
}

async function fill(site: SecretsSite, place: BundlePlace, options: OpenOptions): Promise<Opened> {
  let isNew = false;
  let isResealed = false;
  let added: readonly string[] = [];
  let warnings: readonly string[] = [];
  const { secrets, seal } = await changeBundle(place, async (kept) => {
    isNew = kept === undefined;
    const before = kept ?? { secrets: await makeSecrets(site, options), seal: { kind: 'plain' } };
    warnings = [
      ...checkSecrets(before.secrets, place.path, options.now),
      ...(isNew ? [] : plainWarning(before.seal, options)),
    ];
    const full = completed(before, site, options);
    added = full.added;
    const wish = options.wish ?? (isNew && place.keyring.hasPassphrase ? BY_PASSPHRASE : undefined);
    if (fits(before.seal, wish)) {
      return added.length === 0 ? before : { ...before, secrets: full.secrets };
    }
    isResealed = !isNew;
    return { secrets: full.secrets, seal: await sealFor(wish, before.seal, place) };
  });
  return { secrets, isNew, added, seal: seal.kind, isResealed, warnings };
}

function completed({ secrets }: Kept, site: SecretsSite, { entropy }: OpenOptions) {
  return completeSecrets(site, secrets, entropy);
}

/** Who has a passphrase in the environment may think that it is used. */
function plainWarning({ kind }: Seal, { path, keyring, wish }: OpenOptions): readonly string[] {
  if (kind !== 'plain' || wish !== undefined || !keyring.hasPassphrase) return [];
  return [`${path} is not encrypted, though KILN_PASSPHRASE is set; --passphrase encrypts it`];
}

/** Whether a bundle is kept as it is wanted to be. */
function fits(seal: Seal, wish: SealWish | undefined): boolean {
  if (wish === undefined) return true;
  if (seal.kind !== 'recipients' || wish.kind !== 'recipients') return seal.kind === wish.kind;
  return [...seal.recipients].sort().join() === [...new Set(wish.recipients)].sort().join();
}

async function sealFor(
  wish: SealWish | undefined,
  present: Seal,
  { keyring, path }: BundlePlace,
): Promise<Seal> {
  switch (wish?.kind) {
    case undefined:
      return present;
    case 'recipients':
      return { kind: 'recipients', recipients: [...new Set(wish.recipients)].sort() };
    case 'passphrase':
      return { kind: 'passphrase', passphrase: await keyring.passphrase('new', path) };
  }
}
