import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../../tools/run.ts';
import { readContent } from '../tree/content.ts';
import type { PackageFile } from './package-file.ts';
import { contentOfFile } from './package-file.ts';

/** The two programs of kmod that Kiln needs. */
export interface Kmod {
  /** Changes when the programs do: part of the key of all that is made with them. */
  readonly identity: string;
  /** What `modinfo -0` prints for module files, given relative to a directory. */
  modinfo(directory: string, paths: readonly string[]): Promise<string>;
  /** Writes the indexes of `<base>/lib/modules/<release>` beside its modules. */
  depmod(base: string, release: string): Promise<void>;
}

/** The part of the toolbox that is needed here. */
interface Programs {
  readonly identity: string;
  readonly env: Readonly<Record<string, string>>;
  command(name: string): readonly string[];
}

/** kmod's programs as the toolbox has them. */
export function kmodOf(toolbox: Programs, signal?: AbortSignal): Kmod {
  const options = { env: toolbox.env, ...(signal && { signal }) };
  return {
    identity: toolbox.identity,
    async modinfo(directory, paths) {
      const argv = [...toolbox.command('modinfo'), '-0', ...paths];
      return (await run(argv, { ...options, cwd: directory })).stdout;
    },
    async depmod(base, release) {
      // Without -C it would read the host's /etc/depmod.d; `base` has no *.conf.
      await run([...toolbox.command('depmod'), '-b', base, '-C', base, release], options);
    },
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
  const waiting = files.entries();
  const worker = async (): Promise<void> => {
    // The iterator is shared: each worker takes the next file that nobody has taken.
    for (const [path, file] of waiting) {
      await writeFile(join(directory, path), await readContent(contentOfFile(file)));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
