import { KilnError } from '../../report/errors.ts';
import type { LockRequest } from './lock-request.ts';
import type { Lockfile } from './lockfile.ts';
import { existingLockPathOf, lockPathOf } from './lockfile-path.ts';
import { readLockfile } from './read-lockfile.ts';
import { writeLockfile } from './write-lockfile.ts';

/** A request together with the lock that was found for it. */
export interface FoundLock {
  /** Where the lock is, or would be written. */
  readonly path: string;
  /** False when the definition's directory cannot be written, so that the lock goes to the cache. */
  readonly isBeside: boolean;
  readonly lock: Lockfile | undefined;
}

/** Reads the lock that belongs to a definition file, if there is one. */
export async function findLock(file: string, env: NodeJS.ProcessEnv): Promise<FoundLock> {
  const lock = await readLockfile(await existingLockPathOf(file, env));
  return { ...(await lockPathOf(file, env)), lock };
}

/**
 * The lock to build from: the one that is there, or a new one, made and written, when there is none.
 * A stale one stops the build with KilnError `stale-lock`: a lock is renewed when the user says so.
 */
export async function obtainLock(
  file: string,
  request: LockRequest,
  env: NodeJS.ProcessEnv,
  make: (previous: Lockfile | undefined) => Promise<Lockfile>,
): Promise<Lockfile> {
  const { path, lock } = await findLock(file, env);
  if (lock !== undefined) {
    if (isStale(lock, request)) throw staleLock(path, file);
    return lock;
  }
  return makeAndWrite(path, undefined, make);
}

/** As obtainLock, for Kiln's own tools: their lock follows their definition without being asked. */
export async function obtainToolsLock(
  file: string,
  request: LockRequest,
  env: NodeJS.ProcessEnv,
  make: (previous: Lockfile | undefined) => Promise<Lockfile>,
): Promise<Lockfile> {
  const { path, lock } = await findLock(file, env);
  return lock && !isStale(lock, request) ? lock : makeAndWrite(path, lock, make);
}

/** Whether the definition now asks for other packages than the lock was resolved from. */
export function isStale(lock: Lockfile, request: Pick<LockRequest, 'checksum' | 'arch'>): boolean {
  return lock.definition.sha256 !== request.checksum || lock.arch !== request.arch;
}

/** What to throw, or to show, for a lock that is stale. */
export function staleLock(lockPath: string, definitionFile: string): KilnError {
  const message = `${lockPath} is stale: ${definitionFile} asks for other packages than when it was locked`;
  return new KilnError('stale-lock', message, { hint: `run "kiln lock ${definitionFile}"` });
}

async function makeAndWrite(
  path: string,
  previous: Lockfile | undefined,
  make: (previous: Lockfile | undefined) => Promise<Lockfile>,
): Promise<Lockfile> {
  const lock = await make(previous);
  await writeLockfile(path, lock);
  return lock;
}
