import type { Lockfile } from '../image/lock/lockfile.ts';
import type { Mirrors } from '../image/store/mirrors.ts';
import type { Store } from '../image/store/store.ts';
import type { Progress } from '../report/progress.ts';
import { sha256 } from '../report/sha256.ts';
import { type Toolbox, toolboxAt } from './toolbox.ts';

/** Part of the cache key: raise it when the same packages are laid out differently. */
const LAYOUT = 1;

export interface ToolboxInput {
  /** The lock of images/tools.yaml for the architecture of this machine. */
  readonly lockfile: Lockfile;
  readonly store: Store;
  /** Asked only when the toolbox is not in the store yet. */
  readonly mirrors: () => Promise<Mirrors>;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** Opens the toolbox; the first time, its packages are fetched and unpacked into the store. */
export async function openToolbox(input: ToolboxInput): Promise<Toolbox> {
  const { lockfile, store } = input;
  const digests = lockfile.packages.map((locked) => locked.sha256);
  const identity = sha256([LAYOUT, ...digests].join('\n'));
  const root = await store.derived('toolbox', identity, async (directory) => {
    // Loaded only now: nearly every run finds the toolbox as an earlier one left it.
    const { fillToolbox } = await import('./fill-toolbox.ts');
    await fillToolbox(directory, input);
  });
  return toolboxAt(root, lockfile.arch, identity);
}
