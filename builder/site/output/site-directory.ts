import { chmod, mkdir, readdir, readlink, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../../report/error-code.ts';
import { Scratch } from '../../report/scratch.ts';
import { type Change, linkIfChanged, writeIfChanged } from './written-file.ts';

/** Owner alone. */
const DIRECTORY_MODE = 0o700;
const MODE_BITS = 0o7777;

/**
 * A directory of a site's results, which only its owner may enter. Each file in it is whole at any moment, and has
 * its time from when its bytes came to be. What killed runs left is removed when it is opened.
 */
export class SiteDirectory implements AsyncDisposable {
  readonly path: string;
  readonly #scratch: Scratch;
  #written = 0;

  private constructor(path: string, scratch: Scratch) {
    this.path = path;
    this.#scratch = scratch;
  }

  static async open(path: string): Promise<SiteDirectory> {
    await mkdir(dirname(path), { recursive: true });
    await makePrivate(path);
    return new SiteDirectory(path, await Scratch.create('site', path));
  }

  /** Makes a file have these bytes; `name` may have slashes, its directory has to be there. */
  async write(name: string, bytes: Uint8Array | string): Promise<Change> {
    const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    return await writeIfChanged(join(this.path, name), content, this.#temporary());
  }

  /** Makes a symbolic link lead to a place. */
  async link(name: string, target: string): Promise<Change> {
    return await linkIfChanged(join(this.path, name), target, this.#temporary());
  }

  /** Where a symbolic link leads; undefined for what is none. */
  async targetOf(name: string): Promise<string | undefined> {
    return await readlink(join(this.path, name)).catch((error: unknown) => {
      if (hasCode(error, 'EINVAL', 'ENOENT')) return undefined;
      throw error;
    });
  }

  /** Makes a directory that only the owner may enter, where there is none. */
  async makeDirectory(name: string): Promise<void> {
    await makePrivate(join(this.path, name));
  }

  /** What is in a directory; nothing when it is not there. */
  async list(name: string): Promise<readonly string[]> {
    return await readdir(join(this.path, name)).catch(ifMissing([]));
  }

  /** Removes a file or a link; returns whether it was there. */
  async remove(name: string): Promise<boolean> {
    return await unlink(join(this.path, name)).then(() => true, ifMissing(false));
  }

  /** Removes a directory, unless there is something in it. */
  async removeDirectory(name: string): Promise<void> {
    await rmdir(join(this.path, name)).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch[Symbol.asyncDispose]();
  }

  /** A new name in the scratch directory, which is on the same file system. */
  #temporary(): string {
    this.#written += 1;
    return join(this.#scratch.path, String(this.#written));
  }
}

/** The mode is what it should be whatever the umask is, and whoever made the directory. */
async function makePrivate(path: string): Promise<void> {
  const isNew = await mkdir(path, { mode: DIRECTORY_MODE }).then(
    () => true,
    async (error: unknown) => {
      const isThere = hasCode(error, 'EEXIST') && (await stat(path)).isDirectory();
      if (!isThere) throw error;
      return false;
    },
  );
  if (isNew || ((await stat(path)).mode & MODE_BITS) !== DIRECTORY_MODE) {
    await chmod(path, DIRECTORY_MODE);
  }
}

function ifMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (hasCode(error, 'ENOENT')) return value;
    throw error;
  };
}
