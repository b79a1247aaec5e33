import { type Command, Option } from 'commander';
import { KilnError } from '../../report/errors.ts';
import { writingTo } from '../../report/host-fault.ts';
import type { Site } from '../../site/definition/site.ts';
import { askOn } from '../../site/secrets/ask-secret.ts';
import {
  type BundlePlace,
  defaultBundlePath,
  type Kept,
  readBundle,
} from '../../site/secrets/bundle-store.ts';
import { checkSecrets } from '../../site/secrets/check.ts';
import { type SecretsSite, workersWithoutToken } from '../../site/secrets/complete.ts';
import { type Entropy, MACHINE_ENTROPY } from '../../site/secrets/entropy.ts';
import { commandKeyring } from '../../site/secrets/keyring.ts';
import { type Opened, openSecrets, type SealWish } from '../../site/secrets/open.ts';
import type { Secrets } from '../../site/secrets/secrets.ts';
import type { Outside, Session } from '../options.ts';
import type { SecretsOptions } from './secrets-flags.ts';

/** What commands on a site's secrets get from the command that they are part of. */
export interface SecretsCommand {
  readonly session: Session;
  readonly loadSite: LoadSite;
  readonly outside?: Pick<Outside, 'print'>;
  readonly entropy?: Entropy;
}

/** Reads a site file, complete and checked. */
export type LoadSite = (path: string) => Promise<Site>;

/** What `withSeal` parses. */
export interface SealOptions {
  readonly recipient?: readonly string[];
  readonly passphrase?: boolean;
}

/**
 * A command below `kiln site`: options after its name are its own, also those that `kiln site` has by the same name.
 */
export function addBelow(site: Command, name: string): Command {
  return site.enablePositionalOptions().command(name);
}

/** Adds `--recipient` and `--passphrase`: for the command that makes a site's bundle. */
export function withSeal(command: Command): Command {
  return command
    .option(
      '--recipient <age1…>',
      'encrypt the secrets for this public key of age; repeat it for several',
      (recipient: string, before: readonly string[] = []) => [...before, recipient],
    )
    .addOption(
      new Option('--passphrase', 'encrypt the secrets with a passphrase').conflicts('recipient'),
    );
}

/** A site, and the file that it was read from. */
export interface NamedSite {
  readonly file: string;
  readonly site: SecretsSite;
}

/** The bundle of a site, as a command's options and environment name it. */
export function bundlePlaceOf(
  { file, site }: NamedSite,
  options: SecretsOptions,
  { env, progress, signal }: Session,
): BundlePlace {
  const ask = askOn({ input: process.stdin, output: process.stderr });
  return {
    path: options.secrets ?? defaultBundlePath(file, site.name),
    site: site.name,
    keyring: commandKeyring(env, (question) => progress.aside(() => ask(question))),
    signal,
  };
}

/** Opens a site's secrets, or makes them, and says what ends soon. */
export async function openSiteSecrets(
  named: NamedSite,
  options: SecretsOptions & SealOptions,
  session: Session,
  entropy: Entropy = MACHINE_ENTROPY,
): Promise<Opened> {
  const wish = sealWishOf(options);
  const place = bundlePlaceOf(named, options, session);
  const opened = await writingTo(place.path, () =>
    openSecrets(named.site, { ...place, ...(wish && { wish }), now: session.now, entropy }),
  );
  for (const warning of opened.warnings) session.progress.warn(warning);
  return opened;
}

/**
 * Reads a site's secrets for a command that only uses them: nothing is made or written.
 * @throws KilnError `usage` when they are not there, or lack the token of a worker
 */
export async function readSiteSecrets(
  { file, site }: { readonly file: string; readonly site: Site },
  options: SecretsOptions,
  session: Session,
): Promise<Secrets> {
  const place = bundlePlaceOf({ file, site }, options, session);
  const { secrets } = presentBundle(await readBundle(place), place.path, file);
  for (const warning of checkSecrets(secrets, place.path, session.now)) {
    session.progress.warn(warning);
  }
  const [first, ...more] = site.workerTokens === 'each' ? workersWithoutToken(site, secrets) : [];
  if (first === undefined) return secrets;
  const whom = more.length === 0 ? first : `${first} and ${more.length} more`;
  throw new KilnError('usage', `${place.path} has no token yet for ${whom}`, {
    hint: `"kiln site ${file}" adds tokens, and says which seeds have changed`,
  });
}

function sealWishOf({ recipient, passphrase }: SealOptions): SealWish | undefined {
  if (recipient !== undefined) return { kind: 'recipients', recipients: recipient };
  return passphrase ? { kind: 'passphrase' } : undefined;
}

/**
 * The bundle that has to be there already.
 * @throws KilnError `usage` when it is not
 */
export function presentBundle(kept: Kept | undefined, path: string, file: string): Kept {
  if (kept !== undefined) return kept;
  throw new KilnError('usage', `there are no secrets in ${path}`, {
    hint: `"kiln site ${file}" makes them; --secrets says where they are`,
  });
}
