import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Scratch } from '../../report/scratch.ts';
import { inParallel } from '../../report/together.ts';
import type { Store } from '../store/store.ts';
import { compareBytes } from '../tree/byte-order.ts';
import { readContent } from '../tree/content.ts';
import type { KernelFiles } from './kernel-files.ts';
import { type Kmod, layOut } from './kmod.ts';
import {
  describeKernel,
  type KernelMetadata,
  type KernelModule,
  type ModuleInfo,
  moduleName,
  parseModinfo,
} from './metadata.ts';
import { contentOfFile } from './package-file.ts';

/** Part of the cache key: raise it when what is kept changes. */
const FORMAT = 1;
const FILE = 'modules.json';
/** Keeps a command line below the 128 KiB that Linux allows for one argument of a shell. */
const PATHS_PER_RUN = 500;
/** More would only wait for the disk. */
const MAX_RUNS = 8;

/**
 * What the kernel's modules say about themselves. Every module has to be decompressed for it (half a
 * gigabyte), so the answer is kept in the store for as long as the kernel's packages stay the same.
 */
export async function loadKernelMetadata(
  kernel: KernelFiles,
  tools: { readonly store: Pick<Store, 'derived'>; readonly kmod: Kmod },
): Promise<KernelMetadata> {
  const key = [FORMAT, tools.kmod.identity, kernel.identity].join(' ');
  const directory = await tools.store.derived('kernel-metadata', key, async (target) => {
    await writeFile(join(target, FILE), encodeMetadata(await readModules(kernel, tools.kmod)));
  });
  return decodeMetadata(await readFile(join(directory, FILE), 'utf8'));
}

async function readModules(kernel: KernelFiles, kmod: Kmod): Promise<KernelMetadata> {
  await using scratch = await Scratch.create('modinfo');
  await layOut(kernel.modules, scratch.path);
  const sizes = [...kernel.modules]
    .map(([path, { entry }]): [string, number] => [path, entry.sizeBytes ?? 0])
    .sort(([a], [b]) => compareBytes(a, b));
  const infos: ModuleInfo[] = [];
  await inParallel(chunks(sizes), Math.min(availableParallelism(), MAX_RUNS), async (share) => {
    const paths = share.map(([path]) => path);
    infos.push(...parseModinfo(await kmod.modinfo(scratch.path, paths), new Map(share)));
  });
  const builtin = await readContent(contentOfFile(kernel.builtin));
  infos.sort((a, b) => compareBytes(a.module.path, b.module.path));
  return describeKernel(infos, builtin.toString());
}

function chunks<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / PATHS_PER_RUN) }, (_, index) =>
    items.slice(index * PATHS_PER_RUN, (index + 1) * PATHS_PER_RUN),
  );
}

type Row = readonly [
  path: string,
  sizeBytes: number,
  depends: readonly string[],
  soft: readonly string[],
  firmware: readonly string[],
];

interface Kept {
  readonly modules: readonly Row[];
  readonly builtins: readonly string[];
  readonly aliases: readonly (readonly [string, readonly string[]])[];
}

function encodeMetadata({ modules, builtins, aliases }: KernelMetadata): string {
  const rows = [...modules.values()].map(
    ({ path, sizeBytes, depends, soft, firmware }): Row => [
      path,
      sizeBytes,
      depends,
      soft,
      firmware,
    ],
  );
  const kept: Kept = { modules: rows, builtins: [...builtins], aliases: [...aliases] };
  return JSON.stringify(kept);
}

/** The store vouches for the file, and only `encodeMetadata` writes it. */
function decodeMetadata(text: string): KernelMetadata {
  const { modules, builtins, aliases } = JSON.parse(text) as Kept;
  const decoded = modules.map(([path, sizeBytes, depends, soft, firmware]): KernelModule => {
    return { name: moduleName(path), path, sizeBytes, depends, soft, firmware };
  });
  return {
    modules: new Map(decoded.map((module) => [module.name, module])),
    builtins: new Set(builtins),
    aliases: new Map(aliases),
  };
}
