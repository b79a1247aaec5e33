import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of one's own that is gone when the block that made it ends. */
export class Scratch implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes an empty directory, mode 0700, below `parent`. */
  static async create(label: string, parent: string = tmpdir()): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(parent, `kiln-${label}-`)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
