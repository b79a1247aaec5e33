import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Scratch } from '../../report/scratch.ts';
import { sha256 } from '../../report/sha256.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import type { Store } from '../store/store.ts';
import type { ZipFile } from './zip.ts';

/** Where the stand-in's Python sources are in Kiln's own directory. */
const SOURCES = join(PROJECT_DIRECTORY, 'test-vm', 'k0s-standin');
const PARTS = ['__main__.py', 'k0s_standin'];

/** `-I`: neither the environment nor the working directory says what is imported. */
const INTERPRETER = '#!/usr/bin/python3 -I\n';

/** Changes when the same sources have to give another file. */
const FORMAT = '1';

export interface Bench {
  readonly store: Store;
  readonly toolbox: Toolbox;
  readonly signal?: AbortSignal;
}

/**
 * Packs the stand-in into one program file, as k0s is one, and returns its path: a ZIP archive that Python
 * runs, with the bytecode of each module, so that a slow machine need not compile it at each start.
 */
export async function packStandIn({ store, toolbox, signal }: Bench): Promise<string> {
  const sources = await readSources();
  const digests = sources.map(({ name, content }) => `${name} ${sha256(content)}`);
  const key = [FORMAT, toolbox.identity, ...digests].join('\n');
  const directory = await store.derived('k0s-stand-in', key, async (made) => {
    // Loaded only when there is something to do.
    const { zip } = await import('./zip.ts');
    const compiled = await compile(sources, toolbox, signal);
    const program = zip(Buffer.from(INTERPRETER), [...sources, ...compiled]);
    await writeFile(join(made, 'k0s'), program, { mode: 0o755 });
  });
  return join(directory, 'k0s');
}

async function readSources(): Promise<readonly ZipFile[]> {
  const names: string[] = [];
  for (const part of PARTS) {
    if (part.endsWith('.py')) names.push(part);
    else names.push(...(await pythonBelow(part)));
  }
  return await Promise.all(
    names.sort().map(async (name) => ({ name, content: await readFile(join(SOURCES, name)) })),
  );
}

async function pythonBelow(part: string): Promise<readonly string[]> {
  const names = await readdir(join(SOURCES, part), { recursive: true });
  return names.filter((name) => name.endsWith('.py')).map((name) => join(part, name));
}

/** `a/b.pyc` for each `a/b.py`: in an archive Python looks for it beside the source. */
async function compile(
  sources: readonly ZipFile[],
  toolbox: Toolbox,
  signal: AbortSignal | undefined,
): Promise<readonly ZipFile[]> {
  const { compilePython } = await import('../../tools/python.ts');
  await using scratch = await Scratch.create('stand-in');
  for (const { name, content } of sources) {
    const path = join(scratch.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  await compilePython(toolbox, { root: scratch.path, paths: PARTS }, signal);
  return await Promise.all(
    sources.map(async ({ name }) => {
      const module = basename(name, '.py');
      const cached = join(dirname(name), '__pycache__', `${module}.cpython-313.pyc`);
      const content = await readFile(join(scratch.path, cached));
      return { name: join(dirname(name), `${module}.pyc`), content };
    }),
  );
}
