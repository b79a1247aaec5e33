import { type Command, InvalidArgumentError, Option } from 'commander';
import { KilnError } from '../../report/errors.ts';
import type { Site } from '../../site/definition/site.ts';
import type { Making } from '../../site/secrets/authority.ts';
import { writePrivate } from '../../site/secrets/bundle-file.ts';
import { changeBundle } from '../../site/secrets/bundle-store.ts';
import { checkSecrets } from '../../site/secrets/check.ts';
import { checkClient } from '../../site/secrets/client-rules.ts';
import { ADMIN, renewAdmin } from '../../site/secrets/complete.ts';
import { MACHINE_ENTROPY } from '../../site/secrets/entropy.ts';
import { adminKubeconfig, expiryIn, userKubeconfig } from '../../site/secrets/kubeconfig.ts';
import type { Secrets } from '../../site/secrets/secrets.ts';
import { OUTSIDE, type Session } from '../options.ts';
import { SECRETS_HELP, type SecretsOptions, withSecrets } from './secrets-flags.ts';
import { addBelow, bundlePlaceOf, presentBundle, type SecretsCommand } from './secrets-options.ts';

interface AdminOptions extends SecretsOptions {
  readonly out: string;
  readonly user?: string;
  readonly group?: readonly string[];
  readonly days?: number;
  readonly renew?: boolean;
}

const DEFAULT_DAYS = 30;
const MOST_DAYS = 3650;

const HELP = `
Examples:
  $ kiln site admin plant7.yaml --user jane --group operators --days 30 --out jane.kubeconfig
  $ kiln site admin plant7.yaml --out admin.kubeconfig
  $ kiln site admin plant7.yaml --renew --out admin.kubeconfig

Without a user it is the administrator's, whose certificate the secrets hold; --renew makes that one anew. A user may
do what the cluster's rules allow the user and the groups. A certificate cannot be taken back before it ends.
${SECRETS_HELP}`;

/** Adds `kiln site admin`: writes a kubeconfig for a user of a site. */
export function addAdmin(
  site: Command,
  { session, loadSite, outside = OUTSIDE, entropy = MACHINE_ENTROPY }: SecretsCommand,
): void {
  const command = addBelow(site, 'admin')
    .summary('write a kubeconfig for a user of a site')
    .description(
      "Writes a kubeconfig with a user's certificate, signed by the authority of the site.",
    )
    .argument('<file>', 'the site file')
    .requiredOption('--out <file>', 'where the kubeconfig goes; only you may read it')
    .option('--user <name>', 'name of the user')
    .option('--group <name>', 'group of the user; repeat it for several', withMore)
    .option('--days <number>', "days until the user's certificate ends (default: 30)", wholeDays)
    .addOption(new Option('--renew', "make the administrator's anew").conflicts('user'))
    .addHelpText('after', HELP);
  withSecrets(command).action(async (file: string, options: AdminOptions) => {
    const { user, out } = options;
    if (user === undefined && (options.group !== undefined || options.days !== undefined)) {
      throw new KilnError('usage', '--group and --days say more of a user: --user is missing');
    }
    const making = { now: session.now, entropy };
    const loaded = await loadSite(file);
    const secrets = await secretsOf(loaded, { file, options, making, session });
    const made =
      user === undefined
        ? { text: adminKubeconfig(loaded, secrets), whom: ADMIN.user }
        : await forUser(loaded, secrets, { user, options, making, session });
    await writePrivate(out, made.text);
    outside.print(`${out}: for ${made.whom}`);
  });
}

interface Call {
  readonly making: Making;
  readonly options: AdminOptions;
  readonly session: Session;
}

async function secretsOf(
  site: Site,
  { file, options, making, session }: Call & { readonly file: string },
): Promise<Secrets> {
  const { secrets: path, renew } = options;
  const place = bundlePlaceOf({ file, site }, path === undefined ? {} : { secrets: path }, session);
  const { secrets } = await changeBundle(place, async (kept) => {
    const found = presentBundle(kept, place.path, file);
    const after = renew ? { ...found, secrets: await renewAdmin(found.secrets, making) } : found;
    const warnings = checkSecrets(after.secrets, place.path, session.now);
    for (const text of warnings) session.progress.warn(text);
    return after;
  });
  return secrets;
}

async function forUser(
  site: Site,
  secrets: Secrets,
  {
    user,
    options: { group = [], days = DEFAULT_DAYS },
    making,
    session,
  }: Call & { readonly user: string },
): Promise<{ readonly text: string; readonly whom: string }> {
  for (const text of checkClient(user, group)) session.progress.warn(text);
  const { certificate } = secrets.authorities.kubernetes;
  const expires = expiryIn(days, session.now, certificate);
  const text = await userKubeconfig(site, secrets, { user, groups: group, expires }, making);
  return { text, whom: `${user}, until ${expires.toISOString().slice(0, 10)}` };
}

function withMore(item: string, before: readonly string[] = []): readonly string[] {
  return [...before, item];
}

function wholeDays(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= MOST_DAYS) return number;
  throw new InvalidArgumentError(`It is a whole number from 1 to ${MOST_DAYS}.`);
}
