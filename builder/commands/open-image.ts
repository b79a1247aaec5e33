import { loadDefinition } from '../image/definition/load.ts';
import { requestOfImage } from '../image/lock/lock-request.ts';
import { obtainLock } from '../image/lock/obtain-lock.ts';
import type { Store } from '../image/store/store.ts';
import type { LockedImage } from '../image/workspace.ts';
import { type Locksmith, makeImageLock } from './make-lock.ts';
import type { Session, Workspace } from './options.ts';
import { type OverrideOptions, overridesOf } from './overrides.ts';

/** Reads a definition and its lock; an image without a lock gets one. */
export async function openImage(
  image: string,
  options: OverrideOptions,
  locksmith: Locksmith,
): Promise<LockedImage> {
  const { session } = locksmith;
  const loaded = await loadDefinition(image, { overrides: overridesOf(options) });
  const lock = await obtainLock(image, requestOfImage(loaded), session.env, (previous) =>
    session.progress.step(`Locking ${image}`, () => makeImageLock(loaded, previous, locksmith)),
  );
  return { ...loaded, lock };
}

/** What locks and tools are opened with, from a command's options. */
export async function locksmithOf(workspace: Workspace, session: Session): Promise<Locksmith> {
  const store: Store = await workspace.openStore(session);
  return { workspace, store, session };
}
