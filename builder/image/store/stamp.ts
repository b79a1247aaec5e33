import { closeSync, futimesSync, lstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from '../../report/error-code.ts';

/** File systems keep times in steps of up to two seconds; younger files may change unseen. */
const SETTLED_MS = 2000;

/**
 * What changes whenever a file's bytes change: no program can write to a file, or put another one in
 * its place, without a new ctime or inode, and a ctime cannot be set. Bad sectors do not show here;
 * they are found by `kiln store verify` and wherever bytes are read, as every range carries its hash.
 */
export function stampOf(path: string): string | undefined {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!file?.isFile()) return undefined;
  return `${file.dev} ${file.ino} ${file.size} ${file.mtimeNs} ${file.ctimeNs}`;
}

/** Whether the file has been left alone for so long that its stamp says everything. */
export function isSettled(path: string): boolean {
  const file = statSync(path, { throwIfNoEntry: false });
  return file !== undefined && Date.now() - file.ctimeMs > SETTLED_MS;
}

/** Writes a note; its mtime is from now on the time of last use. */
export async function writeNote(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/**
 * Reads a note and sets its time of last use to now; undefined when there is none.
 * Synchronous: a build looks at hundreds of notes, and each takes microseconds.
 */
export function readNote(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'latin1');
    touch(path);
    return text;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Sets the time of last use; a store that may only be read stays as it is. */
export function touch(path: string): void {
  try {
    const file = openSync(path, 'r');
    try {
      const now = Date.now() / 1000;
      futimesSync(file, now, now);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EROFS', 'EACCES', 'EPERM')) throw error;
  }
}

/** Time of last use in milliseconds since 1970: that of the first file that exists, else 0. */
export function lastUse(...paths: readonly string[]): number {
  for (const path of paths) {
    const file = lstatSync(path, { throwIfNoEntry: false });
    if (file !== undefined) return file.mtimeMs;
  }
  return 0;
}
