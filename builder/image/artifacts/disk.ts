import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Sha256 } from '../../report/sha256.ts';
import { type ByteRange, coveringBlocks } from './byte-range.ts';

/** Something that lies on the disk at `offsetBytes`: bytes in memory, or a range of a file. */
export type DiskPart =
  | { readonly offsetBytes: number; readonly bytes: Buffer }
  | {
      readonly offsetBytes: number;
      readonly file: string;
      readonly fileOffset: number;
      readonly sizeBytes: number;
    };

/** A disk image before it is written: its parts, sorted and apart from each other; the rest is zeros. */
export interface DiskPlan {
  readonly sizeBytes: number;
  readonly parts: readonly DiskPart[];
}

/** Blocks that somebody who writes the image to a disk has to write, with the digest of their bytes. */
export interface MappedRange extends ByteRange {
  readonly sha256: Sha256;
}

/** Bytes of a block in a bmap file. */
export const BLOCK_BYTES = 4096;

const CHUNK_BYTES = 4 * 1024 * 1024;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

/** Writes the disk image: what no part covers stays a hole. Returns which blocks hold something. */
export async function writeDisk(plan: DiskPlan, path: string): Promise<readonly MappedRange[]> {
  const ranges = coveringBlocks(plan.parts.map(rangeOf), BLOCK_BYTES, plan.sizeBytes);
  const hashes = ranges.map((range) => ({ range, hash: createHash('sha256') }));
  await using output = await open(path, 'wx');
  await output.truncate(plan.sizeBytes);
  let current = 0;
  for await (const { offset, bytes, isHole } of readPlan(plan)) {
    const written = isHole ? undefined : writeAll(output, bytes, offset);
    // Hashing keeps this thread busy while the write goes on in another.
    current = updateRanges(hashes, current, offset, bytes);
    await written;
  }
  return hashes.map(({ range, hash }) => ({ ...range, sha256: hash.digest('hex') }));
}

/** SHA-256 of the whole disk image, holes included, without reading the holes. */
export async function hashDisk(plan: DiskPlan): Promise<Sha256> {
  const hash = createHash('sha256');
  for await (const { bytes } of readPlan(plan)) hash.update(bytes);
  return hash.digest('hex');
}

interface Chunk {
  readonly offset: number;
  /** Valid until the chunk after the next is asked for. */
  readonly bytes: Buffer;
  readonly isHole: boolean;
}

/** All bytes of the disk in order. */
async function* readPlan(plan: DiskPlan): AsyncGenerator<Chunk> {
  let offset = 0;
  for (const part of plan.parts) {
    const { start, end } = rangeOf(part);
    if (start < offset) throw new Error(`parts of the disk overlap at byte ${start}`);
    yield* hole(offset, start);
    if ('bytes' in part) yield { offset: start, bytes: part.bytes, isHole: false };
    else yield* readPart(part);
    offset = end;
  }
  if (offset > plan.sizeBytes) throw new Error('the last part ends after the disk');
  yield* hole(offset, plan.sizeBytes);
}

function* hole(start: number, end: number): Generator<Chunk> {
  for (let offset = start; offset < end; offset += CHUNK_BYTES) {
    yield { offset, bytes: ZEROS.subarray(0, Math.min(CHUNK_BYTES, end - offset)), isHole: true };
  }
}

/** Two buffers in turn: the next piece is read while the caller works on this one. */
async function* readPart(part: Extract<DiskPart, { file: string }>): AsyncGenerator<Chunk> {
  await using input = await open(part.file, 'r');
  const [first, second] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
  const read = async (done: number): Promise<Buffer> => {
    const size = Math.min(CHUNK_BYTES, part.sizeBytes - done);
    const buffer = (done / CHUNK_BYTES) % 2 === 0 ? first : second;
    return readAll(input, buffer.subarray(0, size), part.fileOffset + done, part.file);
  };
  let next = read(0);
  try {
    for (let done = 0; done < part.sizeBytes; done += CHUNK_BYTES) {
      const bytes = await next;
      if (done + CHUNK_BYTES < part.sizeBytes) next = read(done + CHUNK_BYTES);
      yield { offset: part.offsetBytes + done, bytes, isHole: false };
    }
  } finally {
    // When the caller gave up, a read may still be under way: the file must not close below it.
    await next.catch(() => undefined);
  }
}

async function readAll(
  input: FileHandle,
  bytes: Buffer,
  offset: number,
  file: string,
): Promise<Buffer> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await input.read(bytes, done, bytes.length - done, offset + done);
    if (bytesRead === 0) throw new Error(`${file} ends before byte ${offset + bytes.length}`);
    done += bytesRead;
  }
  return bytes;
}

async function writeAll(output: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await output.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

interface RangeHash {
  readonly range: ByteRange;
  readonly hash: Hash;
}

/** Adds a chunk to the digests of the ranges that it touches; returns the range that comes next. */
function updateRanges(
  hashes: readonly RangeHash[],
  from: number,
  offset: number,
  bytes: Buffer,
): number {
  const end = offset + bytes.length;
  let current = from;
  for (let next = hashes[current]; next !== undefined; next = hashes[current]) {
    const { range, hash } = next;
    if (range.start >= end) break;
    hash.update(bytes.subarray(Math.max(0, range.start - offset), range.end - offset));
    if (range.end > end) break;
    current += 1;
  }
  return current;
}

function rangeOf(part: DiskPart): ByteRange {
  const size = 'bytes' in part ? part.bytes.length : part.sizeBytes;
  return { start: part.offsetBytes, end: part.offsetBytes + size };
}
