import { run } from './run.ts';
import type { Toolbox } from './toolbox.ts';

/** Fields of a module's `.modinfo` section, in the order in which they are there. */
export type ModuleInfo = readonly (readonly [field: string, value: string])[];

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

const FILES_PER_RUN = 500;

/** Reads what modules say of themselves (`depends`, `softdep`, `firmware`, `alias`, …), by file. */
export async function modinfo(
  toolbox: Toolbox,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ModuleInfo>> {
  const found = new Map<string, ModuleInfo>();
  for (let at = 0; at < files.length; at += FILES_PER_RUN) {
    const argv = [...toolbox.command('modinfo'), '--null', ...files.slice(at, at + FILES_PER_RUN)];
    const { stdout } = await run(argv, { env: toolbox.env, ...(signal && { signal }) });
    for (const [file, info] of parseModinfo(stdout)) found.set(file, info);
  }
  return found;
}

/** Parses the output of `modinfo --null`: `field:value` items, `filename` first for each module. */
export function parseModinfo(output: string): ReadonlyMap<string, ModuleInfo> {
  const found = new Map<string, (readonly [string, string])[]>();
  let fields: (readonly [string, string])[] = [];
  for (const item of output.split('\0')) {
    const colon = item.indexOf(':');
    if (colon === -1) continue;
    const field = item.slice(0, colon);
    const value = item.slice(colon + 1).trimStart();
    if (field === 'filename') {
      fields = [];
      found.set(value, fields);
    } else {
      fields.push([field, value]);
    }
  }
  return found;
}
