import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inParallel } from '../../report/together.ts';
import { depmod } from '../../tools/kmod.ts';
import { run } from '../../tools/run.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import { readContent } from '../tree/content.ts';
import type { PackageFile } from './package-file.ts';
import { contentOfFile } from './package-file.ts';

/** The two programs of kmod that Kiln needs. */
export interface Kmod {
  /** Changes when the programs do: part of the key of all that is made with them. */
  readonly identity: string;
  /** What `modinfo -0` prints for module files, given relative to a directory. */
  modinfo(directory: string, paths: readonly string[]): Promise<string>;
  /** Writes the indexes of `<root>/usr/lib/modules/<release>` beside its modules. */
  depmod(root: string, release: string): Promise<void>;
}

/** kmod's programs as the toolbox has them. */
export function kmodOf(toolbox: Toolbox, signal?: AbortSignal): Kmod {
  return {
    identity: toolbox.identity,
    async modinfo(directory, paths) {
      const argv = [...toolbox.command('modinfo'), '-0', ...paths];
      const options = { env: toolbox.env, cwd: directory, ...(signal && { signal }) };
      return (await run(argv, options)).stdout;
    },
    depmod: (root, release) => depmod(toolbox, { root, release }, signal),
  };
}

/** Files that are read from the packages and written at the same time. */
const PARALLEL = 8;

/** Writes files of packages, verified, below a directory: kmod's programs read files only. */
export async function layOut(
  files: ReadonlyMap<string, PackageFile>,
  directory: string,
): Promise<void> {
  const paths = [...files.keys()];
  for (const parent of new Set(paths.map((path) => dirname(path)))) {
    await mkdir(join(directory, parent), { recursive: true });
  }
  await inParallel(files, PARALLEL, async ([path, file]) => {
    await writeFile(join(directory, path), await readContent(contentOfFile(file)));
  });
}
