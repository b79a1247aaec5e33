import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Scratch } from '../../report/scratch.ts';
import type { Store } from '../store/store.ts';
import { compareBytes } from '../tree/byte-order.ts';
import { readContent } from '../tree/content.ts';
import type { KernelFiles } from './kernel-files.ts';
import { type Kmod, layOut } from './kmod.ts';
import { contentOfFile, type PackageFile } from './package-file.ts';

/** Part of the cache key: raise it when what is kept changes. */
const FORMAT = 1;

/**
 * The `modules.*` files of a modules directory that has only the given modules: what depmod makes of
 * them, and the kernel's own lists, pruned. By file name, in byte order.
 */
export async function makeIndexes(
  paths: readonly string[],
  kernel: KernelFiles,
  tools: { readonly store: Pick<Store, 'derived'>; readonly kmod: Kmod },
): Promise<ReadonlyMap<string, Buffer>> {
  const sorted = [...paths].sort(compareBytes);
  const key = [FORMAT, tools.kmod.identity, kernel.identity, ...sorted].join(' ');
  const directory = await tools.store.derived('kernel-indexes', key, (target) =>
    runDepmod(target, sorted, kernel, tools.kmod),
  );
  const names = (await readdir(directory)).sort(compareBytes);
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(directory, name))] as const),
    ),
  );
}

async function runDepmod(
  target: string,
  paths: readonly string[],
  kernel: KernelFiles,
  kmod: Kmod,
): Promise<void> {
  await using scratch = await Scratch.create('depmod');
  const directory = join(scratch.path, 'usr/lib/modules', kernel.release);
  await mkdir(directory, { recursive: true });
  await layOut(
    new Map([
      ...filesAt(paths, kernel.modules),
      ['modules.builtin', kernel.builtin],
      ['modules.builtin.modinfo', kernel.builtinModinfo],
    ]),
    directory,
  );
  const order = (await readContent(contentOfFile(kernel.order))).toString();
  await writeFile(join(directory, 'modules.order'), pruneOrder(order, paths));
  await kmod.depmod(scratch.path, kernel.release);
  for (const name of await readdir(directory)) {
    if (name.startsWith('modules.')) await copyFile(join(directory, name), join(target, name));
  }
}

function filesAt(
  paths: readonly string[],
  modules: ReadonlyMap<string, PackageFile>,
): readonly (readonly [string, PackageFile])[] {
  return paths.map((path) => {
    const file = modules.get(path);
    if (file === undefined) throw new Error(`the kernel has no module file ${path}`);
    return [path, file];
  });
}

/**
 * `modules.order` names each module that was built, uncompressed, in link order; depmod sorts by it,
 * and of several drivers for a device the first one in it wins.
 */
function pruneOrder(order: string, paths: readonly string[]): string {
  const kept = new Set(paths.map((path) => path.replace(/\.ko\.[a-z0-9]+$/, '.ko')));
  const lines = order.split('\n').filter((line) => kept.has(line));
  return lines.map((line) => `${line}\n`).join('');
}
