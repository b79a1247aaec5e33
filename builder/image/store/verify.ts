import { lstat, rm } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import type { Meter } from '../../report/progress.ts';
import { sha256, sha256OfFile } from '../../report/sha256.ts';
import { brokenFiles, discardDerived, readSeal } from './derived.ts';
import { derivedEntries, filesBelow } from './gc.ts';
import type { Store } from './store.ts';

/** An entry that was not what its name or seal says, and has been removed. */
export interface Corrupt {
  /** Path below the store's root. */
  readonly entry: string;
  readonly reason: string;
}

export interface Verified {
  readonly files: number;
  readonly directories: number;
  readonly corrupt: readonly Corrupt[];
}

/** Reads every byte of the store, trusting no stamp. Corrupt entries are removed: a build makes them anew. */
export async function verifyStore(
  store: Store,
  progress: Meter,
  signal?: AbortSignal,
): Promise<Verified> {
  const files = await filesBelow(store.layout.files);
  const directories = await derivedEntries(store.layout);
  progress.expect(files.length + directories.length);
  const corrupt: Corrupt[] = [];
  for (const path of files) {
    signal?.throwIfAborted();
    const actual = await sha256OfFile(path);
    if (actual !== basename(path)) {
      corrupt.push({ entry: relative(store.root, path), reason: `sha256 is ${actual}` });
      await rm(path, { force: true });
    }
    progress.advance(1);
  }
  for (const entry of directories) {
    signal?.throwIfAborted();
    const reason = await reasonAgainst(entry);
    if (reason !== undefined) {
      corrupt.push({ entry: relative(store.root, entry), reason });
      await discardDerived(store.layout, entry);
    }
    progress.advance(1);
  }
  return { files: files.length, directories: directories.length, corrupt };
}

async function reasonAgainst(entry: string): Promise<string | undefined> {
  if (!(await lstat(entry)).isDirectory()) return 'is not a directory';
  const seal = readSeal(entry);
  if (seal === undefined) return 'has no readable seal';
  if (sha256(seal.key) !== basename(entry)) return 'its seal belongs to another entry';
  const broken = await brokenFiles(entry, seal);
  return broken.length === 0 ? undefined : `changed: ${broken.join(', ')}`;
}
