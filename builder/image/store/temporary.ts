import { chmod, lstat, readdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { hasCode } from '../../report/error-code.ts';
import { SELF, stateOf } from '../../report/owner.ts';
import type { Sha256 } from '../../report/sha256.ts';
import type { Layout } from './layout.ts';

/** After a day, work in progress of a process that cannot be seen from here counts as abandoned. */
const FOREIGN_WORK_MS = 24 * 60 * 60 * 1000;

const DOWNLOAD = /\.download-([0-9a-f]{64})$/;

let made = 0;

/** A new name in the store's directory for work in progress: no other process or thread uses it. */
export function temporaryName(layout: Layout, suffix = ''): string {
  made += 1;
  return join(layout.temporary, `${SELF}-${threadId}-${made}${suffix}`);
}

/** A new name for a download; should this process be killed, the next one can go on with the file. */
export function downloadName(layout: Layout, digest: Sha256): string {
  return temporaryName(layout, `.download-${digest}`);
}

/** Removes what dead processes left behind; their broken downloads are kept to be resumed. */
export async function removeAbandoned(layout: Layout): Promise<void> {
  for (const name of await readdir(layout.temporary)) {
    const path = join(layout.temporary, name);
    if (!(await isAbandoned(path, name))) continue;
    const digest = DOWNLOAD.exec(name)?.[1];
    if (digest === undefined) await removeTree(path);
    else await keepPartial(layout, path, digest);
  }
  for (const name of await readdir(layout.openBy)) {
    const path = join(layout.openBy, name);
    if (await isAbandoned(path, name)) await rm(path, { force: true });
  }
}

/** Keeps the bytes of a broken download, unless there are none or another process got further. */
export async function keepPartial(layout: Layout, path: string, digest: Sha256): Promise<void> {
  const [mine, kept] = await Promise.all([sizeOf(path), sizeOf(layout.partialOf(digest))]);
  if (mine > 0 && mine > kept) await renameIfPresent(path, layout.partialOf(digest));
  else await rm(path, { force: true });
}

/** Takes a file that several processes may want: exactly one gets it. */
export async function renameIfPresent(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Like `rm -rf`, also where a package's read-only directories stand in an unprivileged user's way. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM')) throw error;
    await openUp(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openUp(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openUp(path);
    else await unlink(path);
  }
}

async function isAbandoned(path: string, name: string): Promise<boolean> {
  const state = stateOf(name);
  if (state !== 'foreign') return state === 'dead';
  try {
    return Date.now() - (await lstat(path)).mtimeMs > FOREIGN_WORK_MS;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
}
