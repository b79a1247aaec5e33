import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import { Scratch } from '../../report/scratch.ts';
import { compilePython } from '../../tools/python.ts';
import { ToolError } from '../../tools/tool-error.ts';
import { compareBytes } from './byte-order.ts';
import { digestOf, readContent } from './content.ts';
import type { Workshop } from './hwdb.ts';
import { type KeptFile, readIndex, writeIndexed } from './kept-files.ts';
import type { FileEntry, Tree, TreeEntry } from './tree.ts';
import { nameOf, parentOf, resolveInTree } from './tree-path.ts';

/** The Python of Kiln's toolbox. Byte code of one minor version is read by all its patch releases. */
const TOOL_VERSION = '3.13';
const SOURCE = /^usr\/lib\/python3(?:\.\d+)?\/.*\.py$/;
const CACHE = '__pycache__';
/** Part of the cache key: raise it when the same sources are compiled differently. */
const KEPT = '2';

/**
 * Byte code for the Python sources of a tree, as their packages' scripts would make it: without it each start of
 * a program compiles again, as the root is read-only. Compiled package by package, and kept in the store.
 * Throws KilnError `definition` when the image's Python is not the one that Kiln can compile for.
 */
export async function byteCode(
  tree: Tree,
  sources: Tree,
  epoch: number,
  workshop: Workshop,
): Promise<readonly TreeEntry[]> {
  const packages = sourcesByOrigin(sources);
  if (packages.size === 0 || !hasPython(tree)) return [];
  const compiled = await compileAll(packages, workshop);
  return [...packages.keys()].flatMap((origin) =>
    (compiled.get(origin) ?? []).flatMap(({ path, content }): readonly TreeEntry[] => {
      if (tree.get(sourceOf(path))?.origin !== origin) return [];
      const common = { path, mode: 0o644, uid: 0, gid: 0, mtime: epoch, origin };
      return [{ ...common, kind: 'file', content }];
    }),
  );
}

type Sources = ReadonlyMap<string, readonly FileEntry[]>;

/** One package for each core at a time, the one with the most sources first. */
async function compileAll(
  packages: Sources,
  workshop: Workshop,
): Promise<ReadonlyMap<string, readonly KeptFile[]>> {
  const made = new Map<string, readonly KeptFile[]>();
  const queue = [...packages].sort(([, a], [, b]) => b.length - a.length).values();
  const worker = async (): Promise<void> => {
    for (const [origin, files] of queue) made.set(origin, await compile(files, workshop));
  };
  const workers = Array.from({ length: availableParallelism() }, worker);
  // When one fails, no other may still be at work afterwards.
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return made;
}

/** `usr/lib/python3/x/__pycache__/a.cpython-313.pyc` → `usr/lib/python3/x/a.py` (PEP 3147). */
export function sourceOf(path: string): string {
  const module = nameOf(path).replace(/\.[^.]+\.pyc$/, '.py');
  return `${parentOf(parentOf(path))}/${module}`;
}

function hasPython(tree: Tree): boolean {
  const program = resolveInTree(tree, 'usr/bin/python3');
  if (program === undefined) return false;
  const version = /^python(\d+\.\d+)$/.exec(nameOf(program.path))?.[1];
  if (version === TOOL_VERSION) return true;
  throw new KilnError(
    'definition',
    `the image has ${nameOf(program.path)} (${program.origin}), but Kiln compiles for Python ${TOOL_VERSION}`,
    {
      hint: `Take Python ${TOOL_VERSION} from the suite that images/tools.yaml names, or leave Python out.`,
    },
  );
}

function sourcesByOrigin(tree: Tree): Sources {
  const packages = new Map<string, FileEntry[]>();
  for (const entry of tree.values()) {
    if (entry.kind !== 'file' || !SOURCE.test(entry.path)) continue;
    const files = packages.get(entry.origin);
    if (files === undefined) packages.set(entry.origin, [entry]);
    else files.push(entry);
  }
  return packages;
}

async function compile(
  files: readonly FileEntry[],
  { store, toolbox, signal }: Workshop,
): Promise<readonly KeptFile[]> {
  const key = files.map(({ path, content }) => `${path} ${digestOf(content)}`);
  const directory = await store.derived(
    'pyc',
    [KEPT, TOOL_VERSION, ...key].join('\n'),
    async (made) => {
      await using scratch = await Scratch.create('python');
      for (const { path, content } of files) {
        const file = join(scratch.path, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, await readContent(content));
      }
      // Directories, as a command line has not room for the thousands of files of some packages.
      const paths = [...new Set(files.map(({ path }) => path.split('/').slice(0, 3).join('/')))];
      await compilePython(toolbox, { root: scratch.path, paths }, signal).catch(unlessInvalid);
      await writeIndexed(made, scratch.path, await byteCodeBelow(scratch.path));
    },
  );
  return readIndex(directory);
}

/** A source that is no valid Python (a template, a test of syntax errors) keeps only itself from being compiled. */
function unlessInvalid(error: unknown): void {
  const isInvalid =
    error instanceof ToolError && /^\*\*\* Error compiling/m.test(error.failure.output);
  if (!isInvalid) throw error;
}

async function byteCodeBelow(root: string): Promise<readonly string[]> {
  const names = await readdir(root, { recursive: true });
  const found = names.filter((name) => name.endsWith('.pyc') && name.includes(`/${CACHE}/`));
  return found.sort(compareBytes);
}
