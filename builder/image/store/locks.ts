import { lstat, readlink, rename, rm, symlink } from 'node:fs/promises';
import { hasCode } from '../../report/error-code.ts';
import { SELF, stateOf } from '../../report/owner.ts';

/** After this many milliseconds the lock of a process that cannot be seen from here is ignored. */
const FOREIGN_LOCK_MS = 60 * 60 * 1000;

let taken = 0;

/**
 * Says that somebody is at work, so that others wait instead of doing the same work.
 * Nothing is wrong when two processes hold one lock: a lock saves work, it guards no file.
 * The lock is a symlink to its owner's name: made in one step, with its content.
 */
export class Lock implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Takes the lock, or returns undefined when a running process holds it. Dead owners' locks are broken. */
  static async tryTake(path: string): Promise<Lock | undefined> {
    for (;;) {
      try {
        await symlink(SELF, path);
        return new Lock(path);
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
      }
      if (await isHeld(path)) return undefined;
      await breakLock(path);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { force: true });
  }
}

/** Whether a running process holds the lock. */
export async function isHeld(path: string): Promise<boolean> {
  try {
    const state = stateOf(await readlink(path));
    if (state !== 'foreign') return state === 'alive';
    return Date.now() - (await lstat(path)).mtimeMs < FOREIGN_LOCK_MS;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Renames first: of several processes that see the same dead lock, one gets it. */
async function breakLock(path: string): Promise<void> {
  taken += 1;
  const aside = `${path}.${SELF}.${taken}`;
  try {
    await rename(path, aside);
    await rm(aside, { force: true });
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
