import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Sha256 } from '../../report/sha256.ts';
import { type ByteRange, coveringBlocks } from './byte-range.ts';
import { hashDiskInThread } from './disk-hash.ts';
import { type Chunk, type DiskPlan, rangeOf, readPlan } from './disk-plan.ts';
import { emptyLastBlock, frameHeader, storedBlocks } from './zstd-frame.ts';

/** Blocks that somebody who writes the image to a disk has to write, with the digest of their bytes. */
export interface MappedRange extends ByteRange {
  readonly sha256: Sha256;
}

/** A file that was written. */
export interface WrittenFile {
  readonly sizeBytes: number;
  readonly sha256: Sha256;
}

/** Where a disk image goes: as it is (what no part covers stays a hole), compressed, or both. */
export interface DiskOutputs {
  readonly raw?: string | undefined;
  readonly compressed?: string | undefined;
}

/** What was written. */
export interface WrittenDisk {
  readonly raw: WrittenFile | undefined;
  readonly compressed: WrittenFile | undefined;
  readonly mapped: readonly MappedRange[];
}

/** Bytes of a block in a bmap file. */
export const BLOCK_BYTES = 4096;

/** Takes the disk's chunks one after the other. */
interface Sink<Result> {
  take(chunk: Chunk): Promise<void>;
  end(): Promise<Result>;
}

/** Writes and hashes a disk image in one pass over its parts (two threads). The outputs must not exist. */
export async function writeDisk(
  plan: DiskPlan,
  outputs: DiskOutputs,
  signal?: AbortSignal,
): Promise<WrittenDisk> {
  await using rawFile = outputs.raw ? await open(outputs.raw, 'wx') : undefined;
  await using compressedFile = outputs.compressed
    ? await open(outputs.compressed, 'wx')
    : undefined;
  await rawFile?.truncate(plan.sizeBytes);
  await using whole = rawFile && hashDiskInThread(plan);
  const raw = rawFile && rawWriter(rawFile);
  const compressed = compressedFile && compressedWriter(compressedFile, plan.sizeBytes);
  const mapped = rangeHasher(plan);
  for await (const chunk of readPlan(plan)) {
    signal?.throwIfAborted();
    await Promise.all([raw?.take(chunk), compressed?.take(chunk), mapped.take(chunk)]);
  }
  return {
    raw: whole && { sizeBytes: plan.sizeBytes, sha256: await whole.digest },
    compressed: await compressed?.end(),
    mapped: await mapped.end(),
  };
}

function rawWriter(output: FileHandle): Pick<Sink<void>, 'take'> {
  return {
    take: async ({ offset, bytes, isHole }) => {
      if (!isHole) await writeAll(output, bytes, offset);
    },
  };
}

/** Stores instead of compressing: what an image consists of is compressed already, or zeros. */
function compressedWriter(output: FileHandle, contentBytes: number): Sink<WrittenFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const append = async (pieces: readonly Buffer[]): Promise<void> => {
    const written = writePieces(output, pieces);
    for (const piece of pieces) {
      hash.update(piece);
      sizeBytes += piece.length;
    }
    await written;
  };
  return {
    take: async ({ offset, bytes }) => {
      if (offset === 0) await append([frameHeader(contentBytes)]);
      await append(storedBlocks(bytes));
    },
    end: async () => {
      await append([emptyLastBlock()]);
      return { sizeBytes, sha256: hash.digest('hex') };
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
