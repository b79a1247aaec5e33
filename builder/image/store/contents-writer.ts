import type { FileHandle } from 'node:fs/promises';

const BATCH_BYTES = 1 << 20;

/** Appends to a file in large writes: a package has thousands of small files. */
export class ContentsWriter implements AsyncDisposable {
  readonly #file: FileHandle;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #sizeBytes = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** How much was appended so far: the offset of the next byte. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(chunk: Buffer): Promise<void> {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    this.#sizeBytes += chunk.length;
    if (this.#waitingBytes >= BATCH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const batch = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#file.appendFile(batch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
