import type { Command } from 'commander';
import { KilnError } from '../../report/errors.ts';
import { loadSite } from '../../site/definition/load.ts';
import { summaryJson, summaryText } from '../../site/output/summary.ts';
import { makeSites } from '../../site/pipeline.ts';
import { OUTSIDE, type Outside, type Session } from '../options.ts';
import { addAdmin } from './admin.ts';
import { addRotateTokens } from './rotate-tokens.ts';
import { SECRETS_HELP, type SecretsOptions, withSecrets } from './secrets-flags.ts';
import { bundlePlaceOf, openSiteSecrets, type SealOptions, withSeal } from './secrets-options.ts';

interface SiteOptions extends SecretsOptions, SealOptions {
  readonly out: string;
  readonly http?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ kiln site plant7.yaml
  $ kiln site plant7.yaml --http --out /srv/sites
  $ kiln site sites/*.yaml --json
  $ kiln site rotate-tokens plant7.yaml --node w1

The first run makes the secrets of a site, all later ones use them and write only what is not as it should be. Nothing
is written before every site file was found to be right.
${SECRETS_HELP}`;

/** Adds `kiln site`: from site files to the seeds of their nodes, and what else a site needs. */
export function addSite(program: Command, session: Session, outside: Outside = OUTSIDE): void {
  const command = program
    .command('site')
    .summary("make the seeds of sites' nodes")
    .description(
      'Makes the secrets of sites, and for each node an ISO that makes a box that node; with an admin kubeconfig.',
    )
    .argument('<files...>', 'site files')
    .option('--out <directory>', 'where directories of sites go', 'out')
    .option('--http', 'lay the seeds out for a web server too: http/<name|mac|serial|uuid>/…')
    .option('--no-http', 'remove what was laid out for a web server')
    .option('--json', 'print what was made as JSON')
    .addHelpText('after', HELP);
  withSeal(withSecrets(command)).action(async (files: readonly string[], options: SiteOptions) =>
    site(files, options, { session, outside }),
  );
  const secretsCommand = {
    ...{ session, outside },
    loadSite: async (file: string) => (await loadSite(file)).site,
  };
  addRotateTokens(command, secretsCommand);
  addAdmin(command, secretsCommand);
}

async function site(
  files: readonly string[],
  options: SiteOptions,
  { session, outside }: { readonly session: Session; readonly outside: Outside },
): Promise<void> {
  const { secrets, http } = options;
  if (secrets !== undefined && files.length > 1) {
    throw new KilnError('usage', '--secrets names the secrets of one site, and there are several', {
      hint: 'without it, each site has its secrets beside its file',
    });
  }
  const made = await makeSites(files, {
    ...{ out: options.out, progress: session.progress, signal: session.signal },
    ...(http !== undefined && { http }),
    bundlePath: (named) => bundlePlaceOf(named, options, session).path,
    openSecrets: (named) => openSiteSecrets(named, options, session),
  });
  outside.print(
    options.json ? JSON.stringify(summaryJson(made), undefined, 2) : summaryText(made).trimEnd(),
  );
}
