import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../../report/errors.ts';
import { discardDerived, useStampOf } from './derived.ts';
import type { Layout } from './layout.ts';
import { Lock } from './locks.ts';
import { oldestUser } from './registration.ts';
import { lastUse } from './stamp.ts';
import type { Store } from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What a collection removed, or would remove. */
export interface Collected {
  readonly files: number;
  readonly directories: number;
  readonly bytesFreed: number;
}

export interface GcOptions {
  /** Entries that were used within so many days stay. */
  readonly keepDays: number;
  /** Only says what would be removed. */
  readonly dryRun: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal;
}

/** One thing that may be removed. */
interface Candidate {
  readonly kind: 'file' | 'directory';
  readonly path: string;
  readonly lastUse: number;
  readonly remove: () => Promise<void>;
}

/**
 * Removes what nobody has used for some days. Running commands are safe: what they used since they
 * opened the store stays. A command notes each use and then looks for the lock that is taken here, so
 * either the use is seen below, or the command waits for the end and looks again for the entry.
 */
export async function collectGarbage(store: Store, options: GcOptions): Promise<Collected> {
  const { layout } = store;
  await using lock = await Lock.tryTake(layout.gcLock);
  if (lock === undefined) {
    throw new KilnError('host', `another garbage collection is running in ${store.root}`, {
      hint: 'wait until it has ended',
    });
  }
  const inUseSince = (await oldestUser(layout)) ?? Number.POSITIVE_INFINITY;
  const limit = Math.min(inUseSince, options.now - options.keepDays * DAY_MS);
  const doomed = (await candidates(layout)).filter(({ lastUse }) => lastUse < limit);
  let bytesFreed = 0;
  for (const { path, remove } of doomed) {
    options.signal?.throwIfAborted();
    bytesFreed += await bytesOf(path);
    if (!options.dryRun) await remove();
  }
  const directories = doomed.filter(({ kind }) => kind === 'directory').length;
  return { files: doomed.length - directories, directories, bytesFreed };
}

/** All verified files, broken downloads, notes on foreign files and derived directories. */
async function candidates(layout: Layout): Promise<readonly Candidate[]> {
  const verified = (await filesBelow(layout.files)).map((path): Candidate => {
    const note = path.replace(layout.files, layout.stamps);
    const remove = async () => {
      await rm(path, { force: true });
      await rm(note, { force: true });
    };
    return { kind: 'file', path, lastUse: lastUse(note, path), remove };
  });
  const others = [...(await filesBelow(layout.partial)), ...(await filesBelow(layout.digests))];
  const loose = others.map((path): Candidate => {
    return { kind: 'file', path, lastUse: lastUse(path), remove: () => rm(path, { force: true }) };
  });
  const derived = (await derivedEntries(layout)).map((path): Candidate => {
    const remove = () => discardDerived(layout, path);
    return { kind: 'directory', path, lastUse: lastUse(useStampOf(path), path), remove };
  });
  return [...verified, ...loose, ...derived];
}

/** Entries of all kinds of derived directories. */
export async function derivedEntries(layout: Layout): Promise<readonly string[]> {
  const kinds = await readdir(layout.derived);
  const entries = await Promise.all(
    kinds.map(async (kind) => {
      const names = await readdir(join(layout.derived, kind));
      return names.map((name) => join(layout.derived, kind, name));
    }),
  );
  return entries.flat().toSorted();
}

/** All files below a directory, in byte order. */
export async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Bytes on disk, blocks counted once each: a sparse file frees only what it takes. */
async function bytesOf(path: string): Promise<number> {
  const file = await lstat(path);
  if (!file.isDirectory()) return file.blocks * 512;
  const below = await readdir(path);
  const sizes = await Promise.all(below.map((name) => bytesOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, file.blocks * 512);
}
