import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { Lockfile } from './lockfile.ts';

let written = 0;

/** Writes a lock file whole or not at all: beside its place first, then renamed. */
export async function writeLockfile(path: string, lock: Lockfile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Of all that lock the same image at a time, in one process or in several, each writes a file of its own; the last
  // rename wins.
  written += 1;
  const temporary = `${path}.${process.pid}.${threadId}.${written}.tmp`;
  try {
    await using file = await open(temporary, 'w');
    await file.writeFile(formatLockfile(lock));
    await file.sync();
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** JSON that diffs well: two spaces, sorted keys, one field a line. */
export function formatLockfile(lock: Lockfile): string {
  return `${JSON.stringify(sortKeys(lock), null, 2)}\n`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
