import type { Lockfile } from '../image/lock/lockfile.ts';
import { openToolbox } from '../tools/open-toolbox.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import type { Locksmith } from './locksmith.ts';
import { toolsLock } from './make-lock.ts';

/** The programs that Kiln brings, and exactly which they are. */
export interface OpenTools {
  readonly toolbox: Toolbox;
  readonly lock: Lockfile;
}

/** Opens the toolbox; the first time, its packages are locked, fetched and unpacked. */
export async function openTools(locksmith: Locksmith): Promise<OpenTools> {
  const { workspace, store, session } = locksmith;
  const lock = await toolsLock(locksmith);
  const toolbox = await openToolbox({
    lockfile: lock,
    store,
    mirrors: () => workspace.mirrors([]),
    progress: session.progress,
    signal: session.signal,
  });
  return { toolbox, lock };
}
