import { fstatSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FrameDecoder } from './frame-decoder.ts';
import { type ImageSource, readFully, SourceError } from './source.ts';
import { type Frame, readFrames, type StoredBlock } from './zstd-layout.ts';

/**
 * The image in a `.raw.zst`, any Zstandard file of it. Frames without a compressed block are not decoded but
 * read where they lie, holes not at all: that is most of what Kiln writes.
 */
export async function openZstd(path: string): Promise<ImageSource> {
  const file = await open(path, 'r');
  try {
    const frames = readFrames(fstatSync(file.fd).size, (offset, sizeBytes) => {
      const bytes = Buffer.alloc(sizeBytes);
      return bytes.subarray(0, readSync(file.fd, bytes, 0, sizeBytes, offset));
    });
    return new ZstdSource(file, frames);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class ZstdSource implements ImageSource {
  readonly #file: FileHandle;
  readonly #frames: readonly Frame[];
  /** The frame that is being read, and where its contents begin in the image. */
  #current = 0;
  #frameStart = 0;
  #reader: FrameReader | undefined;

  constructor(file: FileHandle, frames: readonly Frame[]) {
    this.#file = file;
    this.#frames = frames;
  }

  async read(target: Buffer, offset: number): Promise<void> {
    for (let done = 0; done < target.length; ) {
      const frame = this.#frames[this.#current];
      if (frame === undefined) {
        throw new SourceError(`it holds less than ${offset + target.length} bytes`);
      }
      this.#reader ??= readerOf(this.#file, frame);
      const rest = target.subarray(done);
      const bytes = await this.#reader.read(rest, offset + done - this.#frameStart);
      done += bytes;
      if (bytes < rest.length) this.#nextFrame(this.#reader.sizeBytes);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  #nextFrame(sizeBytes: number): void {
    this.#frameStart += sizeBytes;
    this.#current += 1;
    this.#reader = undefined;
  }
}

/** Reads the contents of one frame, forward. */
interface FrameReader {
  /** Fills as much as the frame has from `offset` of its contents on; less than asked only at its end. */
  read(target: Buffer, offset: number): Promise<number>;
  /** Of its contents; right when the end has been read. */
  readonly sizeBytes: number;
}

function readerOf(file: FileHandle, frame: Frame): FrameReader {
  return frame.stored === undefined
    ? new CompressedReader(new FrameDecoder(file, frame))
    : new StoredReader(file, frame.stored.blocks, frame.stored.sizeBytes);
}

class CompressedReader implements FrameReader {
  readonly #decoder: FrameDecoder;
  /** How much of the contents was decoded. */
  sizeBytes = 0;

  constructor(decoder: FrameDecoder) {
    this.#decoder = decoder;
  }

  async read(target: Buffer, offset: number): Promise<number> {
    if (offset < this.sizeBytes) throw new Error('a compressed image is read forward only');
    for (let done = 0; done < target.length; ) {
      const skipped = offset + done - this.sizeBytes;
      const bytes = await this.#decoder.next(skipped > 0 ? skipped : target.length - done);
      if (bytes === undefined) return done;
      if (skipped === 0) {
        target.set(bytes, done);
        done += bytes.length;
      }
      this.sizeBytes += bytes.length;
    }
    return target.length;
  }
}

class StoredReader implements FrameReader {
  readonly #file: FileHandle;
  readonly #blocks: readonly StoredBlock[];
  readonly sizeBytes: number;
  /** The first block that may still be asked for. */
  #next = 0;

  constructor(file: FileHandle, blocks: readonly StoredBlock[], sizeBytes: number) {
    this.#file = file;
    this.#blocks = blocks;
    this.sizeBytes = sizeBytes;
  }

  async read(target: Buffer, offset: number): Promise<number> {
    let done = 0;
    for (; done < target.length; ) {
      const block = this.#blocks[this.#next];
      if (block === undefined) return done;
      const skipped = offset + done - block.offset;
      if (skipped >= block.sizeBytes) {
        this.#next += 1;
        continue;
      }
      const piece = target.subarray(done, done + block.sizeBytes - skipped);
      if (block.isRepeated) {
        const byte = Buffer.alloc(1);
        await readFully(this.#file, byte, block.fileOffset);
        piece.fill(byte);
      } else {
        await readFully(this.#file, piece, block.fileOffset + skipped);
      }
      done += piece.length;
    }
    return done;
  }
}
