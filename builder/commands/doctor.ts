import type { Command } from 'commander';
import { findLock } from '../image/lock/obtain-lock.ts';
import { KilnError } from '../report/errors.ts';
import { examineHost } from '../tools/host.ts';
import { diagnose, formatDiagnosis } from './doctor-report.ts';
import {
  type Session,
  type WorkspaceOptions,
  withMirror,
  withOut,
  workspaceOf,
} from './options.ts';

interface DoctorOptions extends WorkspaceOptions {
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ kiln doctor
  $ kiln doctor --json | jq '.host[] | select(.state != "ok")'

Ends with code 6 when something is missing that builds need. Nothing is changed or downloaded.`;

/** Adds `kiln doctor`: what this machine offers and what Kiln brings. */
export function addDoctor(program: Command, { env }: Pick<Session, 'env'>): void {
  const command = program
    .command('doctor')
    .summary('show what this machine offers and what Kiln brings')
    .description(
      'Shows what this machine offers, what it lacks, and the tools that Kiln brings, with versions.',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', HELP);
  withOut(withMirror(command)).action((options: DoctorOptions) => doctor(options, env));
}

async function doctor(options: DoctorOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const workspace = workspaceOf(options, env);
  const host = await examineHost({
    storeRoot: workspace.storeRoot,
    out: workspace.out,
    describeMirrors: async () => (await workspace.mirrors([])).describe,
  });
  const { lock } = await findLock(workspace.toolsFile, env);
  const diagnosis = diagnose(host, lock);
  process.stdout.write(
    options.json ? `${JSON.stringify(diagnosis, undefined, 2)}\n` : formatDiagnosis(diagnosis),
  );
  if (diagnosis.isReady) return;
  const missing = host.filter(({ state }) => state === 'missing').map(({ subject }) => subject);
  throw new KilnError('host', `builds cannot run on this machine: ${missing.join(', ')}`, {
    hint: 'the lines marked MISSING say what to do',
  });
}
