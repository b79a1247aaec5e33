import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sha256, sha256 } from '../../report/sha256.ts';
import { compareBytes } from './byte-order.ts';
import type { Content } from './tree.ts';

/** A file that was made with a tool, and is kept in the store. */
export interface KeptFile {
  /** In the tree. */
  readonly path: string;
  readonly content: Content;
}

interface IndexedFile {
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
}

const INDEX = 'index.json';
const CONTENTS = 'contents';

/** Puts files from below `root` into one file of a directory of the store, with an index of their ranges. */
export async function writeIndexed(
  directory: string,
  root: string,
  paths: readonly string[],
): Promise<void> {
  const files: IndexedFile[] = [];
  let offset = 0;
  await using contents = await open(join(directory, CONTENTS), 'w');
  for (const path of [...paths].sort(compareBytes)) {
    const bytes = await readFile(join(root, path));
    await contents.write(bytes);
    files.push({ path, offset, sizeBytes: bytes.length, sha256: sha256(bytes) });
    offset += bytes.length;
  }
  await writeFile(join(directory, INDEX), `${JSON.stringify(files)}\n`);
}

/** The files that `writeIndexed` put into a directory. */
export async function readIndex(directory: string): Promise<readonly KeptFile[]> {
  // The store has checked that the directory is complete; only `writeIndexed` writes such a file.
  const files = JSON.parse(
    await readFile(join(directory, INDEX), 'utf8'),
  ) as readonly IndexedFile[];
  const file = join(directory, CONTENTS);
  return files.map(({ path, ...range }) => ({ path, content: { kind: 'range', file, ...range } }));
}
