import { openToolbox } from '../tools/open-toolbox.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { type Locksmith, toolsLock } from './make-lock.ts';

/** The programs that Kiln brings, fetched and unpacked the first time. */
export async function openTools(locksmith: Locksmith): Promise<Toolbox> {
  const { workspace, store, session } = locksmith;
  return await openToolbox({
    lockfile: await toolsLock(locksmith),
    store,
    mirrors: () => workspace.mirrors([]),
    progress: session.progress,
    signal: session.signal,
  });
}
