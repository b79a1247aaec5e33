import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { KilnError } from '../../report/errors.ts';
import { sha256 } from '../../report/sha256.ts';
import type { Content } from './tree.ts';

export type Range = Extract<Content, { kind: 'range' }>;

/**
 * A tree's small files stand side by side in their packages' contents files, in almost the order in which
 * a tree is written: one read of this size serves many of them.
 */
const BLOCK_BYTES = 64 << 10;
/** What is larger than a block is read in pieces of this size. */
const PIECE_BYTES = 1 << 20;
const MAX_OPEN_FILES = 400;

interface OpenFile {
  readonly handle: FileHandle;
  readonly block: Buffer;
  /** What of the file is in the block. */
  blockStart: number;
  blockBytes: number;
}

/**
 * Reads many ranges of few files, verified, with few system calls and always into the same memory: what it
 * gives is valid until the next bytes are asked for. Not for concurrent use.
 */
export class RangeReader implements AsyncDisposable {
  readonly #files = new Map<string, OpenFile>();
  /** In turn: one is read while the caller works on the other. */
  #pieces: readonly Buffer[] = [];

  /** Whether `readSmall` takes this range. */
  static isSmall(range: Range): boolean {
    return range.sizeBytes <= BLOCK_BYTES;
  }

  /** All bytes of a small range. Throws KilnError `verification` when they do not match. */
  async readSmall(range: Range): Promise<Buffer> {
    const file = await this.#open(range.file);
    const end = range.offset + range.sizeBytes;
    if (range.offset < file.blockStart || end > file.blockStart + file.blockBytes) {
      file.blockStart = range.offset;
      file.blockBytes = (await readUpTo(file.handle, range.offset, file.block)).length;
    }
    const start = range.offset - file.blockStart;
    const bytes = file.block.subarray(start, Math.min(start + range.sizeBytes, file.blockBytes));
    if (bytes.length !== range.sizeBytes || sha256(bytes) !== range.sha256) throw damaged(range);
    return bytes;
  }

  /** The range in pieces; throws KilnError `verification` after the last one when they do not match. */
  async *read(range: Range): AsyncGenerator<Buffer> {
    const { handle } = await this.#open(range.file);
    const hash = createHash('sha256');
    const pieceAt = (done: number) => {
      const size = Math.min(PIECE_BYTES, range.sizeBytes - done);
      return readUpTo(handle, range.offset + done, this.#piece(done).subarray(0, size));
    };
    let next = pieceAt(0);
    for (let done = 0; done < range.sizeBytes; ) {
      const piece = await next;
      if (piece.length === 0) throw damaged(range);
      done += piece.length;
      // The disk works on the next piece while this one is hashed and written.
      next = pieceAt(done);
      hash.update(piece);
      yield piece;
    }
    await next;
    if (hash.digest('hex') !== range.sha256) throw damaged(range);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#files.values()].map(({ handle }) => handle.close()));
    this.#files.clear();
  }

  /** Memory for the piece at an offset of a range: another than that of the piece before. */
  #piece(offset: number): Buffer {
    if (this.#pieces.length === 0) {
      this.#pieces = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)];
    }
    return this.#pieces[(offset / PIECE_BYTES) % 2] ?? Buffer.alloc(0);
  }

  async #open(path: string): Promise<OpenFile> {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const [oldest] = this.#files;
    if (oldest !== undefined && this.#files.size >= MAX_OPEN_FILES) {
      this.#files.delete(oldest[0]);
      await oldest[1].handle.close();
    }
    const file: OpenFile = {
      handle: await openForReading(path),
      block: Buffer.allocUnsafeSlow(BLOCK_BYTES),
      blockStart: 0,
      blockBytes: 0,
    };
    this.#files.set(path, file);
    return file;
  }
}

/**
 * Bytes of one range, not verified; meant for small ones. Read synchronously: composing a tree looks into a thousand
 * files, and ten microseconds for each are less than three trips to another thread and back.
 * Throws KilnError `verification` when the file is too short.
 */
export function readUnverified(range: Range): Buffer {
  const file = openForReadingSync(range.file);
  try {
    const bytes = Buffer.allocUnsafeSlow(range.sizeBytes);
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(file, bytes, done, bytes.length - done, range.offset + done);
      if (count === 0) throw damaged(range);
      done += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** The file in the store is not what it was when it was put there. */
export function damaged(range: Range): KilnError {
  const where = `bytes ${range.offset} to ${range.offset + range.sizeBytes}`;
  return new KilnError(
    'verification',
    `${range.file}: ${where} no longer have the SHA-256 ${range.sha256}`,
    {
      hint: 'Run `kiln store verify`: it removes what is damaged, and the next build makes it again.',
    },
  );
}

async function openForReading(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((cause: unknown) => {
    throw gone(path, cause);
  });
}

function openForReadingSync(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw gone(path, cause);
  }
}

function gone(path: string, cause: unknown): KilnError {
  return new KilnError('verification', `${path} cannot be read any more`, {
    hint: 'Run the command again: what is missing in the store is fetched again.',
    cause,
  });
}

/** Fills the buffer; fewer bytes only at the end of the file. */
async function readUpTo(handle: FileHandle, offset: number, buffer: Buffer): Promise<Buffer> {
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
