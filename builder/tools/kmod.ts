import { run } from './run.ts';
import type { Toolbox } from './toolbox.ts';

export interface DepmodOptions {
  /** Directory that has `usr/lib/modules/<release>`; the indexes are written there. */
  readonly root: string;
  readonly release: string;
}

/** Writes `modules.dep` and the other indexes that modprobe reads. */
export async function depmod(
  toolbox: Toolbox,
  options: DepmodOptions,
  signal?: AbortSignal,
): Promise<void> {
  await run([...toolbox.command('depmod'), ...depmodArgs(options)], {
    env: toolbox.env,
    ...(signal && { signal }),
  });
}

/** Without --config it would read the configuration of the machine that builds. */
export function depmodArgs({ root, release }: DepmodOptions): readonly string[] {
  return [
    '--all',
    '--config=/dev/null',
    `--basedir=${root}`,
    '--moduledir=/usr/lib/modules',
    release,
  ];
}
