import type { Progress } from '../report/progress.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import type { Loaded } from './definition/load.ts';
import type { Lockfile } from './lock/lockfile.ts';
import type { Mirrors } from './store/mirrors.ts';
import type { Store } from './store/store.ts';

/** A definition with its lock: everything that decides what is built. */
export interface LockedImage extends Loaded {
  readonly lock: Lockfile;
}

/** What a build works with: every place it may write, and every door to the outside. */
export interface Workspace {
  readonly store: Store;
  readonly toolbox: Toolbox;
  /** The lock of the tools, for the manifest. */
  readonly toolsLock: Lockfile;
  /** Directory of releases. */
  readonly out: string;
  /** Asked only when something is missing in the store. */
  readonly findMirrors: () => Promise<Mirrors>;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}
