import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SELF, stateOf } from './owner.ts';

/** `kiln-<label>-<owner>-<six random characters>` */
const NAME = /^kiln-[a-z0-9-]+-(\d+\.\d+\.[0-9a-f]{8})-[A-Za-z0-9]{6}$/;

/** Done once for each parent: what killed processes left there does not become more while we run. */
const swept = new Set<string>();

/** A directory of one's own that is gone when the block that made it ends. */
export class Scratch implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes an empty directory, mode 0700, below `parent`; removes those that killed processes left there. */
  static async create(label: string, parent: string = tmpdir()): Promise<Scratch> {
    if (!swept.has(parent)) {
      swept.add(parent);
      await sweep(parent);
    }
    return new Scratch(await mkdtemp(join(parent, `kiln-${label}-${SELF}-`)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Takes only what is this user's: a directory for temporary files is everybody's. */
async function sweep(parent: string): Promise<void> {
  const names = await readdir(parent).catch((): readonly string[] => []);
  for (const name of names) {
    const owner = NAME.exec(name)?.[1];
    if (owner === undefined || stateOf(owner) !== 'dead') continue;
    const path = join(parent, name);
    const isOurs = await lstat(path).then(
      ({ uid }) => uid === process.getuid?.(),
      () => false,
    );
    if (isOurs) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
