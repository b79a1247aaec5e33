import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { KilnError } from '../../report/errors.ts';
import { hostFault } from '../../report/host-fault.ts';
import type { Sha256 } from '../../report/sha256.ts';
import { Failure } from './failure.ts';
import type { Store, VerifiedPath } from './store.ts';
import { downloadName, keepPartial, renameIfPresent } from './temporary.ts';

/**
 * A file on its way into the store. It belongs to one download alone, so the digest of the bytes
 * that went through is the digest of the file. Unless it became whole, it is kept at the end, and
 * whoever wants the file next goes on with it.
 */
export class Partial implements AsyncDisposable {
  readonly #store: Store;
  readonly #digest: Sha256;
  readonly #path: string;
  #file: FileHandle;
  #hash: Hash = createHash('sha256');
  #sizeBytes = 0;
  #isAdopted = false;

  private constructor(store: Store, digest: Sha256, path: string, file: FileHandle) {
    this.#store = store;
    this.#digest = digest;
    this.#path = path;
    this.#file = file;
  }

  /** Takes over what an earlier download left, or starts an empty file. */
  static async take(store: Store, digest: Sha256): Promise<Partial> {
    const path = downloadName(store.layout, digest);
    await renameIfPresent(store.layout.partialOf(digest), path);
    const partial = new Partial(
      store,
      digest,
      path,
      await local(store, () => open(path, 'a+', 0o600)),
    );
    for await (const chunk of partial.#file.createReadStream({ start: 0, autoClose: false })) {
      partial.#hash.update(chunk);
      partial.#sizeBytes += chunk.length;
    }
    return partial;
  }

  /** How many bytes are there. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Throws away all bytes. */
  async restart(): Promise<void> {
    await local(this.#store, () => this.#file.truncate(0));
    this.#hash = createHash('sha256');
    this.#sizeBytes = 0;
  }

  async append(chunk: Buffer): Promise<void> {
    await local(this.#store, () => this.#file.appendFile(chunk));
    this.#hash.update(chunk);
    this.#sizeBytes += chunk.length;
  }

  /** Moves the file into the store if its bytes are what was wanted; else throws them away and fails. */
  async finish(): Promise<VerifiedPath> {
    const actual = this.#hash.digest('hex');
    if (actual !== this.#digest) {
      await this.restart();
      throw new Failure('wrong', `sha256 is ${actual}`);
    }
    // The name must not reach the disk before the bytes: later uses trust the file's size and times.
    await local(this.#store, () => this.#file.datasync());
    const path = await local(this.#store, () => this.#store.adopt(this.#path, this.#digest));
    this.#isAdopted = true;
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    if (!this.#isAdopted) await keepPartial(this.#store.layout, this.#path, this.#digest);
  }
}

/** A full or broken disk is no reason to ask the next mirror. */
async function local<T>({ root }: Store, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const fault = hostFault(error, root);
    if (fault instanceof KilnError || !(error instanceof Error && 'syscall' in error)) throw fault;
    throw new KilnError('host', `a download could not be saved in ${root}: ${error.message}`, {
      hint: 'set KILN_STORE to a directory on another disk',
      cause: error,
    });
  }
}
