import type { Command } from 'commander';
import { readDefinition } from '../image/definition/load.ts';
import type { Findings } from '../image/references/find-bad-references.ts';
import { type Diagnostic, joinFindings, lineAndColumn } from '../report/diagnostic.ts';
import type { KilnError } from '../report/errors.ts';
import { DiagnosticsError, describeDiagnostic, formatDiagnostic } from '../report/format.ts';
import { isSiteFile } from '../site/definition/is-site.ts';
import { lookUp, warnOf } from './load-image.ts';
import { locksmithOf } from './locksmith.ts';
import {
  OUTSIDE,
  type Outside,
  type Session,
  type WorkspaceOptions,
  withMirror,
} from './options.ts';
import { type OverrideOptions, overridesOf, withOverrides } from './overrides.ts';

interface CheckOptions extends OverrideOptions, WorkspaceOptions {
  readonly json?: boolean;
  readonly offline?: boolean;
}

const HELP = `
Examples:
  $ kiln check images/x86_64.yaml
  $ kiln check images/x86_64.yaml images/arm64.yaml --json
  $ kiln check site/edge.yaml --offline
  $ kiln check images/example-site.yaml

An image whose lock fits it is compared with the kernel in the lock, any other one with the package indexes and the
kernel that is in there now.`;

/** Adds `kiln check`: everything that is wrong in image and site files, at once; ends with code 2 when something is. */
export function addCheck(program: Command, session: Session, outside: Outside = OUTSIDE): void {
  const command = program
    .command('check')
    .summary('report every error in image and site files')
    .description(
      'Reports every error in image and site files and what they include, with file, line and column: also packages ' +
        'and kernel modules that do not exist. A site file is one with the key "site".',
    )
    .argument('<files...>', 'image and site files')
    .option('--offline', 'only look at the files, not whether packages and kernel modules exist')
    .option('--json', 'print the errors as JSON on stdout')
    .addHelpText('after', HELP);
  withMirror(withOverrides(command)).action(
    async (images: readonly string[], options: CheckOptions) => {
      const { diagnostics, obstacle } = await diagnose(images, options, { session, outside });
      if (options.json) outside.print(JSON.stringify(diagnostics.map(asJson), undefined, 2));
      if (diagnostics.length === 0 && obstacle !== undefined) throw obstacle;
      warnOf(obstacle, session);
      if (diagnostics.length > 0) throw new DiagnosticsError(images.join(', '), diagnostics);
      if (!options.json) outside.print(images.map((image) => `${image}: no errors`).join('\n'));
    },
  );
}

/** Every error of these images; an error in a file that several images include is one error. */
export async function diagnose(
  images: readonly string[],
  options: CheckOptions,
  { session, outside }: { readonly session: Session; readonly outside: Outside },
): Promise<Findings> {
  const found = new Map<string, Diagnostic>();
  const obstacles: KilnError[] = [];
  for (const image of images) {
    if (await isSiteFile(image)) {
      for (const diagnostic of await diagnoseSite(image, session)) {
        found.set(formatDiagnostic(diagnostic), diagnostic);
      }
      continue;
    }
    const reading = await readDefinition(image, { overrides: overridesOf(options) });
    const workspace = outside.workspaceOf(options, session.env);
    const { diagnostics, obstacle }: Findings = options.offline
      ? { diagnostics: [] }
      : await lookUp(reading, () => locksmithOf(workspace, session));
    for (const diagnostic of joinFindings(reading.diagnostics, diagnostics)) {
      found.set(formatDiagnostic(diagnostic), diagnostic);
    }
    if (obstacle !== undefined) obstacles.push(obstacle);
  }
  const [obstacle] = obstacles;
  return { diagnostics: [...found.values()], ...(obstacle && { obstacle }) };
}

/** Every error of a site; what is likely not meant is warned of. */
async function diagnoseSite(file: string, { progress }: Session): Promise<readonly Diagnostic[]> {
  const { readSite } = await import('../site/definition/load.ts');
  const { diagnostics, warnings } = await readSite(file);
  for (const warning of warnings) progress.warn(describeDiagnostic(warning));
  return diagnostics;
}

function asJson({ message, at, note }: Diagnostic) {
  const place = at ? { file: at.file.name, ...lineAndColumn(at) } : {};
  return { ...place, message, ...(note !== undefined && { note }) };
}
