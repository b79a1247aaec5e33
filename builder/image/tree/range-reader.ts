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
  block: Buffer;
  blockStart: number;
}

/** Reads many ranges of few files, verified, with few system calls. Not for concurrent use. */
export class RangeReader implements AsyncDisposable {
  readonly #files = new Map<string, OpenFile>();

  /** Whether `readSmall` takes this range. */
  static isSmall(range: Range): boolean {
    return range.sizeBytes <= BLOCK_BYTES;
  }

  /** All bytes of a small range. Throws KilnError `verification` when they do not match. */
  async readSmall(range: Range): Promise<Buffer> {
    const file = await this.#open(range.file);
    const isInBlock =
      range.offset >= file.blockStart &&
      range.offset + range.sizeBytes <= file.blockStart + file.block.length;
    if (!isInBlock) {
      // A fresh buffer each time: pieces of the old one may still wait to be written.
      file.block = await readUpTo(file.handle, range.offset, BLOCK_BYTES);
      file.blockStart = range.offset;
    }
    const start = range.offset - file.blockStart;
    const bytes = file.block.subarray(start, start + range.sizeBytes);
    if (bytes.length !== range.sizeBytes || sha256(bytes) !== range.sha256) throw damaged(range);
    return bytes;
  }

  /** The range in pieces; throws KilnError `verification` after the last one when they do not match. */
  async *read(range: Range): AsyncGenerator<Buffer> {
    const { handle } = await this.#open(range.file);
    const hash = createHash('sha256');
    const pieceAt = (done: number) =>
      readUpTo(handle, range.offset + done, Math.min(PIECE_BYTES, range.sizeBytes - done));
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
      block: Buffer.alloc(0),
      blockStart: 0,
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

/** Fewer bytes than asked for only at the end of the file. */
async function readUpTo(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(Math.max(0, length));
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}
