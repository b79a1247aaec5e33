import type { FileHandle } from 'node:fs/promises';
import { Decompress } from 'fzstd';
import { readFully, SourceError } from './source.ts';
import type { Frame } from './zstd-layout.ts';

/** Small enough that the decoder does not hold up the writing of what it gave before. */
const INPUT_BYTES = 256 * 1024;

/** Undoes the compression of one frame, from its start to its end and no faster than it is asked. */
export class FrameDecoder {
  readonly #file: FileHandle;
  readonly #frame: Frame;
  readonly #input = Buffer.allocUnsafeSlow(INPUT_BYTES);
  readonly #decoder: Decompress;
  /** Decoded, and not asked for yet. */
  #ready: Uint8Array[] = [];
  #at: number;

  constructor(file: FileHandle, frame: Frame) {
    this.#file = file;
    this.#frame = frame;
    this.#at = frame.fileStart;
    this.#decoder = new Decompress((bytes) => {
      if (bytes.length > 0) this.#ready.push(bytes);
    });
  }

  /** The next bytes of the frame, at most so many; undefined at its end. */
  async next(most: number): Promise<Uint8Array | undefined> {
    while (this.#ready.length === 0) {
      if (this.#at >= this.#frame.fileEnd) return undefined;
      await this.#feed();
    }
    const [first = new Uint8Array(), ...rest] = this.#ready;
    this.#ready = first.length > most ? [first.subarray(most), ...rest] : rest;
    return first.subarray(0, most);
  }

  async #feed(): Promise<void> {
    const size = Math.min(INPUT_BYTES, this.#frame.fileEnd - this.#at);
    const input = this.#input.subarray(0, size);
    await readFully(this.#file, input, this.#at);
    this.#at += size;
    try {
      // It keeps what it could not use yet, so it gets bytes of its own.
      this.#decoder.push(new Uint8Array(input), this.#at >= this.#frame.fileEnd);
    } catch (cause) {
      throw new SourceError('its compressed bytes are damaged', { cause });
    }
  }
}
