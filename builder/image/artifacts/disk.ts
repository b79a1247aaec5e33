import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Sha256 } from '../../report/sha256.ts';
import { type ByteRange, coveringBlocks } from './byte-range.ts';
import { type Chunk, type DiskPlan, rangeOf, readPlan } from './disk-plan.ts';
import { emptyLastBlock, frameHeader, storedBlocks } from './zstd-frame.ts';

/** Blocks that somebody who writes the image to a disk has to write, with the digest of their bytes. */
export interface MappedRange extends ByteRange {
  readonly sha256: Sha256;
}

/** What was written. */
export interface WrittenDisk {
  readonly sha256: Sha256;
  readonly mapped: readonly MappedRange[];
  /** Digest of the compressed file, when one was asked for. */
  readonly compressedSha256: Sha256 | undefined;
}

/** Where a disk image goes. Files must not exist. */
export interface DiskOutputs {
  /** Sparse: what no part covers stays a hole. */
  readonly raw: string;
  readonly compressed?: string | undefined;
}

/** Bytes of a block in a bmap file. */
export const BLOCK_BYTES = 4096;

/** Takes the disk's chunks one after the other. */
interface Sink<Result> {
  take(chunk: Chunk): Promise<void>;
  end(): Promise<Result>;
}

/** Writes and hashes a disk image in one pass over its parts. */
export async function writeDisk(plan: DiskPlan, outputs: DiskOutputs): Promise<WrittenDisk> {
  await using raw = await open(outputs.raw, 'wx');
  await using packed = outputs.compressed ? await open(outputs.compressed, 'wx') : undefined;
  await raw.truncate(plan.sizeBytes);
  const writer = rawWriter(raw);
  const compressor = packed === undefined ? undefined : compressedWriter(packed, plan.sizeBytes);
  const whole = hasher();
  const mapped = rangeHasher(plan);
  for await (const chunk of readPlan(plan)) {
    // Writes go on in other threads while this one hashes.
    await Promise.all([
      writer.take(chunk),
      compressor?.take(chunk),
      whole.take(chunk),
      mapped.take(chunk),
    ]);
  }
  return {
    sha256: await whole.end(),
    mapped: await mapped.end(),
    compressedSha256: await compressor?.end(),
  };
}

function rawWriter(output: FileHandle): Sink<void> {
  return {
    take: async ({ offset, bytes, isHole }) => {
      if (!isHole) await writeAll(output, bytes, offset);
    },
    end: async () => {},
  };
}

function hasher(): Sink<Sha256> {
  const hash = createHash('sha256');
  return {
    take: async ({ bytes }) => {
      hash.update(bytes);
    },
    end: async () => hash.digest('hex'),
  };
}

/** Stores instead of compressing: what an image consists of is compressed already, or zeros. */
function compressedWriter(output: FileHandle, sizeBytes: number): Sink<Sha256> {
  const hash = createHash('sha256');
  const append = async (pieces: readonly Buffer[]): Promise<void> => {
    const written = writePieces(output, pieces);
    for (const piece of pieces) hash.update(piece);
    await written;
  };
  return {
    take: async ({ offset, bytes }) => {
      if (offset === 0) await append([frameHeader(sizeBytes)]);
      await append(storedBlocks(bytes));
    },
    end: async () => {
      await append([emptyLastBlock()]);
      return hash.digest('hex');
    },
  };
}

/** Digests of the blocks that the plan's parts touch. */
function rangeHasher(plan: DiskPlan): Sink<readonly MappedRange[]> {
  const ranges = coveringBlocks(plan.parts.map(rangeOf), BLOCK_BYTES, plan.sizeBytes);
  const hashes = ranges.map((range) => ({ range, hash: createHash('sha256') }));
  let current = 0;
  return {
    take: async ({ offset, bytes }) => {
      const end = offset + bytes.length;
      for (let next = hashes[current]; next !== undefined; next = hashes[current]) {
        const { range, hash } = next;
        if (range.start >= end) break;
        hash.update(bytes.subarray(Math.max(0, range.start - offset), range.end - offset));
        if (range.end > end) break;
        current += 1;
      }
    },
    end: async () => hashes.map(({ range, hash }) => ({ ...range, sha256: hash.digest('hex') })),
  };
}

async function writeAll(output: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await output.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

/** Appends; a short write is continued. */
async function writePieces(output: FileHandle, pieces: readonly Buffer[]): Promise<void> {
  let { bytesWritten } = await output.writev(pieces);
  for (const piece of pieces) {
    const done = Math.min(bytesWritten, piece.length);
    bytesWritten -= done;
    if (done < piece.length) await output.appendFile(piece.subarray(done));
  }
}
