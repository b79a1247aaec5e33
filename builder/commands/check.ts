import type { Command } from 'commander';
import { loadDefinition } from '../image/definition/load.ts';
import { type Diagnostic, lineAndColumn } from '../report/diagnostic.ts';
import { DiagnosticsError, formatDiagnostic } from '../report/format.ts';
import { type OverrideOptions, overridesOf, withOverrides } from './overrides.ts';

interface CheckOptions extends OverrideOptions {
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ kiln check images/x86_64.yaml
  $ kiln check images/x86_64.yaml images/arm64.yaml --json

Whether packages and kernel modules exist is checked by "kiln lock" and "kiln modules".`;

/** Adds `kiln check`: everything that is wrong in image files, at once; ends with code 2 when something is. */
export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .summary('report every error in image files')
    .description(
      'Reports every error in image files and what they include, with file, line and column.',
    )
    .argument('<images...>', 'image files')
    .option('--json', 'print the errors as JSON on stdout')
    .addHelpText('after', HELP);
  withOverrides(command).action(async (images: readonly string[], options: CheckOptions) => {
    const diagnostics = await diagnose(images, options);
    if (options.json)
      process.stdout.write(`${JSON.stringify(diagnostics.map(asJson), undefined, 2)}\n`);
    if (diagnostics.length > 0) throw new DiagnosticsError(images.join(', '), diagnostics);
    if (!options.json)
      process.stdout.write(images.map((image) => `${image}: no errors\n`).join(''));
  });
}

/** Every error of these images; an error in a file that several images include is one error. */
export async function diagnose(
  images: readonly string[],
  options: OverrideOptions,
): Promise<readonly Diagnostic[]> {
  const found = new Map<string, Diagnostic>();
  for (const image of images) {
    for (const diagnostic of await errorsOf(image, options)) {
      found.set(formatDiagnostic(diagnostic), diagnostic);
    }
  }
  return [...found.values()];
}

async function errorsOf(image: string, options: OverrideOptions): Promise<readonly Diagnostic[]> {
  try {
    await loadDefinition(image, { overrides: overridesOf(options) });
    return [];
  } catch (error) {
    if (error instanceof DiagnosticsError) return error.diagnostics;
    throw error;
  }
}

function asJson({ message, at, note }: Diagnostic) {
  const place = at ? { file: at.file.name, ...lineAndColumn(at) } : {};
  return { ...place, message, ...(note !== undefined && { note }) };
}
