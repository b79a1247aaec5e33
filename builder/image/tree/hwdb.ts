import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Scratch } from '../../report/scratch.ts';
import { run } from '../../tools/run.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import type { Store } from '../store/store.ts';
import { digestOf, readContent } from './content.ts';
import { KILN } from './generated.ts';
import { readIndex, writeIndexed } from './kept-files.ts';
import type { FileEntry, Tree, TreeEntry } from './tree.ts';
import { nameOf, namesInDirectory, resolveInTree } from './tree-path.ts';

/** What is needed to make something with Kiln's tools and keep it. */
export interface Workshop {
  readonly store: Pick<Store, 'derived'>;
  readonly toolbox: Toolbox;
  readonly signal?: AbortSignal | undefined;
}

/** hwdb(7): of equal names the first directory's file counts. */
const DIRECTORIES = ['etc/udev/hwdb.d', 'usr/lib/udev/hwdb.d'];
const DATABASE = 'usr/lib/udev/hwdb.bin';
/** The database tells the paths of its sources: this name of the working directory is the same in every build. */
const ROOT = '/proc/self/cwd';

/**
 * The compiled hardware database: on the box, making it would take seconds of the first boot. Made once for its
 * sources and kept in the store. Nothing for a tree without sources.
 */
export async function hardwareDatabase(
  tree: Tree,
  epoch: number,
  workshop: Workshop,
): Promise<readonly TreeEntry[]> {
  const files = hwdbFiles(tree);
  if (files.length === 0) return [];
  const key = files.map(({ path, content }) => `${path} ${digestOf(content)}`);
  const directory = await workshop.store.derived(
    'hwdb',
    [ROOT, workshop.toolbox.identity, ...key].join('\n'),
    (made) => compile(files, made, workshop),
  );
  return (await readIndex(directory)).map(({ path, content }) => {
    const common = { path, mode: 0o444, uid: 0, gid: 0, mtime: epoch, origin: KILN };
    return { ...common, kind: 'file', content } as const;
  });
}

async function compile(
  files: readonly FileEntry[],
  made: string,
  workshop: Workshop,
): Promise<void> {
  const { toolbox, signal } = workshop;
  await using scratch = await Scratch.create('hwdb');
  const sources = join(scratch.path, 'usr/lib/udev/hwdb.d');
  await mkdir(sources, { recursive: true });
  for (const { path, content } of files) {
    await writeFile(join(sources, nameOf(path)), await readContent(content));
  }
  const argv = [...toolbox.command('systemd-hwdb'), '--usr', `--root=${ROOT}`, 'update'];
  await run(argv, { cwd: scratch.path, env: toolbox.env, ...(signal && { signal }) });
  await writeIndexed(made, scratch.path, [DATABASE]);
}

function hwdbFiles(tree: Tree): readonly FileEntry[] {
  const chosen = new Map<string, FileEntry>();
  for (const directory of DIRECTORIES) {
    for (const name of namesInDirectory(tree, directory)) {
      const entry = resolveInTree(tree, `${directory}/${name}`);
      if (!name.endsWith('.hwdb') || chosen.has(name) || entry?.kind !== 'file') continue;
      chosen.set(name, { ...entry, path: `${directory}/${name}` });
    }
  }
  return [...chosen.values()];
}
