import { lstatSync, readFileSync } from 'node:fs';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../../report/error-code.ts';
import { writingTo } from '../../report/host-fault.ts';
import { type Sha256, sha256OfFile } from '../../report/sha256.ts';
import type { Layout } from './layout.ts';
import { endOfGc } from './registration.ts';
import { touch } from './stamp.ts';
import { removeTree, renameIfPresent, temporaryName } from './temporary.ts';

/** One regular file of a derived directory. */
export interface SealedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
}

/** What a derived directory held when it was made. */
export interface Seal {
  readonly kind: string;
  readonly key: string;
  readonly files: readonly SealedFile[];
}

/** Name of the seal inside of an entry; the directory that was made is beside it. */
const SEAL = 'seal.json';
const CONTENT = 'content';

/** Returns the directory of a complete entry and notes its use; undefined when it has to be made. */
export async function findDerived(layout: Layout, entry: string): Promise<string | undefined> {
  const seal = readSeal(entry);
  if (seal === undefined) return undefined;
  const content = join(entry, CONTENT);
  if (!seal.files.every((file) => hasSize(join(content, file.path), file.sizeBytes))) {
    await discardDerived(layout, entry);
    return undefined;
  }
  touch(join(entry, SEAL));
  await endOfGc(layout);
  return readSeal(entry) === undefined ? undefined : content;
}

/** Makes an entry aside and moves it into place; of two makers, the second discards its own. */
export async function makeDerived(
  layout: Layout,
  entry: string,
  label: Pick<Seal, 'kind' | 'key'>,
  make: (directory: string) => Promise<void>,
): Promise<string> {
  const aside = temporaryName(layout);
  try {
    await mkdir(join(aside, CONTENT), { recursive: true });
    await writingTo(layout.root, async () => {
      await make(join(aside, CONTENT));
      await writeSeal(aside, label);
    });
    await mkdir(dirname(entry), { recursive: true });
    await placeOrYield(aside, entry);
  } finally {
    await removeTree(aside);
  }
  return join(entry, CONTENT);
}

/** Removes an entry in one step, so that nobody sees half of it. */
export async function discardDerived(layout: Layout, entry: string): Promise<void> {
  const aside = temporaryName(layout);
  if (await renameIfPresent(entry, aside)) await removeTree(aside);
}

/** rename(2) refuses to replace a directory that holds something: then another maker was first. */
async function placeOrYield(aside: string, entry: string): Promise<void> {
  try {
    await rename(aside, entry);
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}

/** Reads an entry's seal; undefined when there is none that makes sense. */
export function readSeal(entry: string): Seal | undefined {
  try {
    const seal: unknown = JSON.parse(readFileSync(join(entry, SEAL), 'utf8'));
    return isSeal(seal) ? seal : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Seals are written whole by `writeSeal`: anything else is not one, and what it lies on is remade. */
function isSeal(value: unknown): value is Seal {
  return typeof value === 'object' && value !== null && 'files' in value && 'kind' in value;
}

/** The file whose mtime is an entry's last use. */
export function useStampOf(entry: string): string {
  return join(entry, SEAL);
}

/** The files of an entry that are not as they were sealed. */
export async function brokenFiles(entry: string, seal: Seal): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const file of seal.files) {
    const path = join(entry, CONTENT, file.path);
    if (!hasSize(path, file.sizeBytes) || (await sha256OfFile(path)) !== file.sha256) {
      broken.push(file.path);
    }
  }
  return broken;
}

async function writeSeal(aside: string, label: Pick<Seal, 'kind' | 'key'>): Promise<void> {
  const files = await sealFiles(join(aside, CONTENT), '');
  const seal: Seal = { ...label, files };
  const file = await open(join(aside, SEAL), 'wx', 0o644);
  try {
    await file.writeFile(JSON.stringify(seal));
    // After a power cut a seal must not exist without the content that it vouches for; sizes are
    // compared on each use, and this makes the seal itself whole or absent.
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function sealFiles(root: string, below: string): Promise<readonly SealedFile[]> {
  const files: SealedFile[] = [];
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    if (entry.isDirectory()) files.push(...(await sealFiles(root, path)));
    if (!entry.isFile()) continue;
    const { size } = lstatSync(join(root, path));
    files.push({ path, sizeBytes: size, sha256: await sha256OfFile(join(root, path)) });
  }
  return files;
}

function hasSize(path: string, sizeBytes: number): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.size === sizeBytes;
}
