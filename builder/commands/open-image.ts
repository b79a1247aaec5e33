import { requestOfImage } from '../image/lock/lock-request.ts';
import { obtainLock } from '../image/lock/obtain-lock.ts';
import type { LockedImage } from '../image/workspace.ts';
import { loadImage } from './load-image.ts';
import type { Locksmith } from './locksmith.ts';
import { makeImageLock } from './make-lock.ts';
import type { OverrideOptions } from './overrides.ts';

/** Reads a definition and its lock; an image without a lock gets one. */
export async function openImage(
  image: string,
  options: OverrideOptions,
  locksmith: Locksmith,
): Promise<LockedImage> {
  const { session } = locksmith;
  const loaded = await loadImage(image, options, locksmith);
  const lock = await obtainLock(image, requestOfImage(loaded), session.env, (previous) =>
    session.progress.step(`Locking ${image}`, () => makeImageLock(loaded, previous, locksmith)),
  );
  return { ...loaded, lock };
}
