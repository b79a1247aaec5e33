import type { Command } from 'commander';
import { loadDefinition } from '../image/definition/load.ts';
import { definitionAsYaml, writtenForm } from '../image/definition/written.ts';
import { isSiteFile } from '../site/definition/is-site.ts';
import { type OverrideOptions, overridesOf, withOverrides } from './overrides.ts';

interface ShowOptions extends OverrideOptions {
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ kiln show images/x86_64.yaml
  $ kiln show images/x86_64.yaml --json | jq .packages
  $ kiln show images/example-site.yaml`;

/** Adds `kiln show`: an image's completed definition, or a completed site, on stdout. */
export function addShow(program: Command): void {
  const command = program
    .command('show')
    .summary('print the completed definition of an image, or a completed site')
    .description(
      'Prints what an image or site file and its includes add up to, with every default, as one file. Of files that a ' +
        'site names only the size is shown.',
    )
    .argument('<file>', 'the image or site file')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP);
  withOverrides(command).action(async (file: string, options: ShowOptions) => {
    const shown = (await isSiteFile(file)) ? await showSite(file) : await showImage(file, options);
    const text = options.json ? `${JSON.stringify(shown.value, undefined, 2)}\n` : shown.yaml();
    process.stdout.write(text);
  });
}

interface Shown {
  readonly value: object;
  readonly yaml: () => string;
}

async function showImage(file: string, options: ShowOptions): Promise<Shown> {
  const { definition } = await loadDefinition(file, { overrides: overridesOf(options) });
  return { value: writtenForm(definition), yaml: () => definitionAsYaml(definition) };
}

async function showSite(file: string): Promise<Shown> {
  const { loadSite } = await import('../site/definition/load.ts');
  const { shownSite, siteAsYaml } = await import('../site/definition/written.ts');
  const { site } = await loadSite(file);
  return { value: shownSite(site), yaml: () => siteAsYaml(site) };
}
