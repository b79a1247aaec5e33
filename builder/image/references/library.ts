import type { Progress } from '../../report/progress.ts';
import type { Lockfile } from '../lock/lockfile.ts';
import type { Mirrors } from '../store/mirrors.ts';
import type { Store } from '../store/store.ts';

/** What the references of an image file are looked up with. */
export interface Library {
  readonly store: Store;
  /** The image's lock, when it has one. */
  readonly findLock: () => Promise<Lockfile | undefined>;
  /** Asked only when something has to be fetched. */
  readonly findMirrors: () => Promise<Mirrors>;
  /** Directory with the armored keys that may sign package indexes. */
  readonly keysDirectory: string;
  readonly now: Date;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}
