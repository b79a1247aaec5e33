import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Sha256 } from '../../report/sha256.ts';
import { type ByteRange, coveringBlocks } from './byte-range.ts';
import { hashDiskInThread } from './disk-hash.ts';
import { type Chunk, type DiskPlan, rangeOf, readPlan } from './disk-plan.ts';

/** Blocks that somebody who writes the image to a disk has to write, with the digest of their bytes. */
export interface MappedRange extends ByteRange {
  readonly sha256: Sha256;
}

/** What was written. */
export interface WrittenDisk {
  readonly sha256: Sha256;
  readonly mapped: readonly MappedRange[];
}

/** Bytes of a block in a bmap file. */
export const BLOCK_BYTES = 4096;

/**
 * Writes a disk image: what no part covers stays a hole. Its digest is computed in another thread meanwhile.
 * `output` must not exist.
 */
export async function writeDisk(
  plan: DiskPlan,
  output: string,
  signal?: AbortSignal,
): Promise<WrittenDisk> {
  await using file = await open(output, 'wx');
  await file.truncate(plan.sizeBytes);
  await using whole = hashDiskInThread(plan);
  const ranges = new RangeHasher(plan);
  for await (const chunk of readPlan(plan)) {
    signal?.throwIfAborted();
    const written = chunk.isHole ? undefined : writeAll(file, chunk);
    ranges.add(chunk);
    await written;
  }
  return { sha256: await whole.digest, mapped: ranges.digests() };
}

/** Which blocks of a disk image hold something, when the image itself is not wanted. */
export async function mapDisk(plan: DiskPlan): Promise<readonly MappedRange[]> {
  const ranges = new RangeHasher(plan);
  for await (const chunk of readPlan(plan)) ranges.add(chunk);
  return ranges.digests();
}

/** Digests of the blocks that the plan's parts touch. */
class RangeHasher {
  readonly #hashes: readonly { readonly range: ByteRange; readonly hash: Hash | Sha256 }[];
  /** The first range that is not complete. */
  #current = 0;

  constructor(plan: DiskPlan) {
    const ranges = coveringBlocks(plan.parts.map(rangeOf), BLOCK_BYTES, plan.sizeBytes);
    this.#hashes = ranges.map((range) => ({
      range,
      hash: knownDigest(plan, range) ?? createHash('sha256'),
    }));
  }

  /** Takes all chunks of the disk in order. */
  add({ offset, bytes }: Chunk): void {
    const end = offset + bytes.length;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { range, hash } = next;
      if (range.start >= end) return;
      if (typeof hash !== 'string') {
        hash.update(bytes.subarray(Math.max(0, range.start - offset), range.end - offset));
      }
      if (range.end > end) return;
      this.#current += 1;
    }
  }

  digests(): readonly MappedRange[] {
    return this.#hashes.map(({ range, hash }) => ({
      ...range,
      sha256: typeof hash === 'string' ? hash : hash.digest('hex'),
    }));
  }

  #next() {
    return this.#hashes[this.#current];
  }
}

/** The digest of a part, if the range is this part alone. */
function knownDigest({ parts }: DiskPlan, { start, end }: ByteRange): Sha256 | undefined {
  const part = parts.find((part) => rangeOf(part).start === start && rangeOf(part).end === end);
  return part !== undefined && 'file' in part ? part.sha256 : undefined;
}

async function writeAll(output: FileHandle, { bytes, offset }: Chunk): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await output.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}
