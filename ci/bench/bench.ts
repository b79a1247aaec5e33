import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ARCHES, type Arch } from '../../builder/image/arch.ts';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { run } from '../../builder/tools/run.ts';

/** What every benchmark is asked for. */
export interface BenchOptions {
  readonly runs: number;
  /** An empty directory, on the disk of temporary files. */
  readonly scratch: string;
  /** Says what is being done, and results. */
  say(text: string): void;
}

/** One of Kiln's benchmarks. */
export interface Benchmark {
  readonly summary: string;
  run(options: BenchOptions): Promise<void>;
}

/** The architectures that images are built for. */
export const ARCH_NAMES: readonly Arch[] = Object.keys(ARCHES).filter(
  (name): name is Arch => name in ARCHES,
);

/** The project's own image for an architecture. */
export function imageFileOf(arch: Arch): string {
  return join(PROJECT_DIRECTORY, 'images', `${arch}.yaml`);
}

/** The command line of Kiln as it was compiled here. */
export function kilnArgs(...args: readonly string[]): readonly string[] {
  return [process.execPath, join(PROJECT_DIRECTORY, 'dist/builder/cli.js'), ...args];
}

/** Runs Kiln as it was compiled here; what it says. */
export async function kiln(...args: readonly string[]): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  const { stdout } = await run(kilnArgs(...args), { env });
  return stdout;
}

/** The command line of a program beside this one. */
export function besideArgs(name: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, fileURLToPath(new URL(name, import.meta.url)), ...args];
}

/** Does something so many times, one after the other. */
export async function times<T>(count: number, work: () => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  while (results.length < count) results.push(await work());
  return results;
}
