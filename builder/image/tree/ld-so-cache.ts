import { ARCHES, type Arch } from '../arch.ts';
import { compareBytes } from './byte-order.ts';
import { readText } from './content.ts';
import { readElf } from './elf.ts';
import { globMatcher } from './exclude.ts';
import { generatedFile, generatedLink } from './generated.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { locateInTree, nameOf, namesInDirectory, resolveInTree } from './tree-path.ts';

/** One library, under the name by which programs ask for it. */
export interface CachedLibrary {
  readonly soname: string;
  /** Absolute, as the loader shall open it. */
  readonly path: string;
}

interface Machine {
  /** `e_machine` of the libraries. */
  readonly elf: number;
  /** glibc, sysdeps/generic/ldconfig.h: FLAG_ELF_LIBC6 with the flag of the architecture. */
  readonly flags: number;
}

const MACHINES: Readonly<Record<Arch, Machine>> = {
  x86_64: { elf: 62, flags: 0x0303 },
  arm64: { elf: 183, flags: 0x0a03 },
};

const ET_DYN = 3;
/** Names that ldconfig looks at. */
const LIBRARY_NAME = /^(?:lib|ld-).*\.so(?:\.|$)/;
const GDB_SCRIPT = /-gdb\.py$/;

/**
 * What `ldconfig` would do to the tree: /etc/ld.so.cache, and a symlink for each library that lacks the
 * one with its soname. Libraries for newer processors (glibc-hwcaps) are left to the loader's own search.
 */
export async function ldSoCache(
  tree: Tree,
  arch: Arch,
  epoch: number,
): Promise<readonly TreeEntry[]> {
  const found: CachedLibrary[] = [];
  const links: TreeEntry[] = [];
  for (const directory of await libraryDirectories(tree, arch)) {
    const real = resolveInTree(tree, directory)?.path;
    if (real === undefined) continue;
    const libraries = await librariesIn(tree, real, MACHINES[arch].elf);
    for (const [soname, file] of libraries) {
      found.push({ soname, path: `/${directory}/${soname}` });
      if (!tree.has(`${real}/${soname}`))
        links.push(generatedLink(`${real}/${soname}`, file, epoch));
    }
  }
  const cache = encodeCache(found, MACHINES[arch].flags);
  return [generatedFile('etc/ld.so.cache', cache, epoch), ...links];
}

/** Of ld.so.conf and then glibc's own; of two names for one directory the first, relative to the root. */
async function libraryDirectories(tree: Tree, arch: Arch): Promise<readonly string[]> {
  const { triplet } = ARCHES[arch];
  const configured = await configuredDirectories(tree, 'etc/ld.so.conf', new Set());
  const builtIn = [`lib/${triplet}`, `usr/lib/${triplet}`, 'lib', 'usr/lib'];
  const seen = new Set<string>();
  return [...configured, ...builtIn].filter((directory) => {
    const entry = resolveInTree(tree, directory);
    if (entry?.kind !== 'directory' || seen.has(entry.path)) return false;
    seen.add(entry.path);
    return true;
  });
}

/** ldconfig(8): one directory a line, `include` with a pattern, comments after `#`. */
async function configuredDirectories(
  tree: Tree,
  file: string,
  reading: Set<string>,
): Promise<readonly string[]> {
  if (reading.has(file)) return [];
  reading.add(file);
  const directories: string[] = [];
  for (const raw of ((await readText(tree, file)) ?? '').split('\n')) {
    const line = raw.replace(/#.*/, '').trim();
    const [, pattern] = /^include\s+\/?(.+)$/.exec(line) ?? [];
    if (pattern === undefined && line.startsWith('/'))
      directories.push(line.replace(/^\/|\/+$/g, ''));
    if (pattern === undefined) continue;
    for (const path of [...tree.keys()].filter(globMatcher([pattern]))) {
      directories.push(...(await configuredDirectories(tree, path, reading)));
    }
  }
  return directories;
}

/** Sonames of a directory's libraries, each with the file to link it to when there is no such name. */
async function librariesIn(
  tree: Tree,
  directory: string,
  machine: number,
): Promise<ReadonlyMap<string, string>> {
  const libraries = new Map<string, string>();
  const sonames = new Map<TreeEntry, string | undefined>();
  for (const name of namesInDirectory(tree, directory)) {
    if (!LIBRARY_NAME.test(name) || GDB_SCRIPT.test(name)) continue;
    const file = resolveInTree(tree, `${directory}/${name}`);
    if (file?.kind !== 'file') continue;
    if (!sonames.has(file)) {
      const elf = await readElf(file.content);
      const isLibrary = elf?.machine === machine && elf.type === ET_DYN && elf.isDynamic;
      sonames.set(file, isLibrary ? (elf.soname ?? nameOf(file.path)) : undefined);
    }
    const soname = sonames.get(file);
    if (soname === undefined || soname.includes('/')) continue;
    const isLink = locateInTree(tree, `${directory}/${name}`)?.kind === 'symlink';
    const other = libraries.get(soname);
    // A newer file of the same soname wins; a link only where there is no file.
    if (other === undefined || (!isLink && compareLibraries(other, name) < 0))
      libraries.set(soname, name);
  }
  return libraries;
}

const HEADER_BYTES = 48;
const ENTRY_BYTES = 24;
const MAGIC = 'glibc-ld.so.cache1.1';
/** cache_file_new_flags_endian_little: 2 in the low two bits. */
const LITTLE_ENDIAN = 2;

/**
 * Encodes a cache in glibc's format (glibc, sysdeps/generic/dl-cache.h, `struct cache_file_new`), little endian,
 * without the optional extensions: header, entries in the loader's order of search, strings.
 */
export function encodeCache(libraries: readonly CachedLibrary[], flags: number): Buffer {
  const sorted = [...libraries].sort(
    (a, b) => compareLibraries(b.soname, a.soname) || compareBytes(b.soname, a.soname),
  );
  const header = Buffer.alloc(HEADER_BYTES + sorted.length * ENTRY_BYTES);
  const strings: Buffer[] = [];
  const offsets = new Map<string, number>();
  let end = header.length;
  const offsetOf = (text: string) => {
    const known = offsets.get(text);
    if (known !== undefined) return known;
    const bytes = Buffer.from(`${text}\0`);
    const start = end;
    strings.push(bytes);
    offsets.set(text, start);
    end += bytes.length;
    return start;
  };
  sorted.forEach(({ soname, path }, index) => {
    const at = HEADER_BYTES + index * ENTRY_BYTES;
    header.writeInt32LE(flags, at);
    header.writeUInt32LE(offsetOf(soname), at + 4);
    header.writeUInt32LE(offsetOf(path), at + 8);
  });
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(sorted.length, 20);
  header.writeUInt32LE(end - header.length, 24);
  header.writeUInt8(LITTLE_ENDIAN, 28);
  return Buffer.concat([header, ...strings]);
}

/**
 * glibc's order of library names (elf/dl-cache.c, `_dl_cache_libcmp`): runs of digits compare as numbers and come
 * after other characters. The loader's binary search relies on it.
 */
export function compareLibraries(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const left = /^\d+/.exec(a.slice(i))?.[0];
    const right = /^\d+/.exec(b.slice(j))?.[0];
    if (left !== undefined && right !== undefined) {
      const difference = Number(left) - Number(right);
      if (difference !== 0) return difference;
      i += left.length;
      j += right.length;
      continue;
    }
    if (left !== undefined) return 1;
    if (right !== undefined) return -1;
    const difference = a.charCodeAt(i) - b.charCodeAt(j);
    if (difference !== 0) return difference;
    i += 1;
    j += 1;
  }
  return a.length - i - (b.length - j);
}
