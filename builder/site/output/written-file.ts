import { constants } from 'node:fs';
import { type FileHandle, open, readlink, rename, symlink } from 'node:fs/promises';
import { hasCode } from '../../report/error-code.ts';
import { KilnError } from '../../report/errors.ts';

/** What became of a file. */
export type Change = 'new' | 'changed' | 'same';

/** Owner alone: whatever a site is made of, some of it is secret. */
export const FILE_MODE = 0o600;

/** Without O_NONBLOCK, a pipe in the file's place would be waited for. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const MODE_BITS = 0o7777;
const HOLE = Buffer.alloc(16 << 10);

/**
 * Makes a file have these bytes and no reader but its owner. One that has them is left as it is, its time too; else
 * they are written to `temporary`, a new name on the same file system, and renamed.
 */
export async function writeIfChanged(
  path: string,
  bytes: Uint8Array,
  temporary: string,
): Promise<Change> {
  const change = await compare(path, bytes);
  if (change === 'same') return change;
  const file = await open(temporary, 'wx', FILE_MODE);
  try {
    // The umask can take even the owner's bits.
    await file.chmod(FILE_MODE);
    // Zeros at the end need no room on the disk.
    await file.writeFile(bytes.subarray(0, lengthWithoutHole(bytes)));
    await file.truncate(bytes.length);
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return change;
}

/** Makes a symbolic link lead to a place; `temporary` as above. */
export async function linkIfChanged(
  path: string,
  target: string,
  temporary: string,
): Promise<Change> {
  const found = await readlink(path).catch((error: unknown) => {
    // What is there and no link is replaced.
    if (hasCode(error, 'EINVAL')) return '';
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (found === target) return 'same';
  await symlink(target, temporary);
  await rename(temporary, path);
  return found === undefined ? 'new' : 'changed';
}

/** Looks at every byte: a file that was damaged, or that somebody changed, is not the same. */
async function compare(path: string, bytes: Uint8Array): Promise<Change> {
  const file = await openPresent(path);
  if (file === 'new' || file === 'changed') return file;
  try {
    const found = await file.stat();
    if (found.isDirectory()) {
      throw new KilnError('host', `${path} is a directory, where a file is to be written`, {
        hint: 'move it away, or name another place with --out',
      });
    }
    if (!found.isFile() || found.size !== bytes.length) return 'changed';
    if (!(await file.readFile()).equals(bytes)) return 'changed';
    if ((found.mode & MODE_BITS) === FILE_MODE) return 'same';
    return await file.chmod(FILE_MODE).then(
      () => 'same',
      () => 'changed',
    );
  } finally {
    await file.close();
  }
}

/** A link or a file that cannot be read is replaced as anything else that has not these bytes. */
async function openPresent(path: string): Promise<FileHandle | 'new' | 'changed'> {
  try {
    return await open(path, READ);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'new';
    if (hasCode(error, 'ELOOP', 'EACCES', 'ENXIO')) return 'changed';
    throw error;
  }
}

function lengthWithoutHole(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end >= HOLE.length && HOLE.equals(bytes.subarray(end - HOLE.length, end))) {
    end -= HOLE.length;
  }
  return end;
}
