import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { sha256 } from '../../report/sha256.ts';
import { cacheDirectory } from '../cache-directory.ts';

/** Where a definition's lock file is. */
export interface LockPath {
  readonly path: string;
  /** False when the definition's directory cannot be written, so that the lock is kept in the cache. */
  readonly isBeside: boolean;
}

/**
 * `<name>.lock.json` beside the definition. For a definition in a directory that cannot be written (an
 * installed Kiln), a place in the user's cache that is made of the definition's absolute path; a lock
 * that came with such a definition is used as long as the cache has none.
 */
export async function lockPathOf(definition: string, env: NodeJS.ProcessEnv): Promise<LockPath> {
  const name = lockNameOf(definition);
  const directory = dirname(definition);
  if (await isWritable(directory)) return { path: join(directory, name), isBeside: true };
  const place = sha256(resolve(definition));
  return { path: join(cacheDirectory(env), 'kiln', 'locks', place, name), isBeside: false };
}

/** The lock file to read: as lockPathOf, or the one beside a definition that cannot be written. */
export async function existingLockPathOf(
  definition: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const { path, isBeside } = await lockPathOf(definition, env);
  if (isBeside || existsSync(path)) return path;
  const beside = join(dirname(definition), lockNameOf(definition));
  return existsSync(beside) ? beside : path;
}

/** What a lock file is called. */
export function lockNameOf(definition: string): string {
  return `${basename(definition, extname(definition))}.lock.json`;
}

async function isWritable(directory: string): Promise<boolean> {
  try {
    await access(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
