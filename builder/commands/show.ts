import type { Command } from 'commander';
import { loadDefinition } from '../image/definition/load.ts';
import { definitionAsYaml, writtenForm } from '../image/definition/written.ts';
import { type OverrideOptions, overridesOf, withOverrides } from './overrides.ts';

interface ShowOptions extends OverrideOptions {
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ kiln show images/x86_64.yaml
  $ kiln show images/x86_64.yaml --json | jq .packages`;

/** Adds `kiln show`: an image's completed definition, on stdout. */
export function addShow(program: Command): void {
  const command = program
    .command('show')
    .summary('print the completed definition of an image')
    .description(
      'Prints what an image file and its includes add up to, with every default, as one image file.',
    )
    .argument('<image>', 'the image file')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP);
  withOverrides(command).action(async (image: string, options: ShowOptions) => {
    const { definition } = await loadDefinition(image, { overrides: overridesOf(options) });
    const shown = options.json
      ? `${JSON.stringify(writtenForm(definition), undefined, 2)}\n`
      : definitionAsYaml(definition);
    process.stdout.write(shown);
  });
}
