import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Sha256 } from '../../report/sha256.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import { zstdCompress } from '../../tools/zstd.ts';
import { type DiskPart, type DiskPlan, rangeOf, readPlan } from './disk-plan.ts';
import { emptyLastBlock, frameHeader, storedBlocks } from './zstd-frame.ts';

export interface CompressedDisk {
  readonly sizeBytes: number;
  readonly sha256: Sha256;
}

/** Quick: what it cannot do in a moment is not worth waiting for. */
const LEVEL = 3;

/**
 * Writes a disk image as two Zstandard frames. The first, up to `boundary`, is compressed: the ESP, where an
 * arm64 kernel shrinks to a third. The second is stored: root is compressed already, hashes cannot be, and
 * zeros are one byte a run; zstd itself would take seconds there to save less than a hundredth.
 */
export async function compressDisk(
  plan: DiskPlan,
  boundary: number,
  output: string,
  toolbox: Toolbox,
  signal?: AbortSignal,
): Promise<CompressedDisk> {
  const [front, back] = splitPlan(plan, boundary);
  const input = bytesOf(front);
  await zstdCompress(toolbox, { input, output, level: LEVEL }, signal);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const bytes of createReadStream(output, { highWaterMark: 1 << 20 })) {
    hash.update(bytes);
    sizeBytes += bytes.length;
  }
  await using file = await open(output, 'a');
  for await (const pieces of storedFrame(back)) {
    signal?.throwIfAborted();
    const written = append(file, pieces);
    for (const piece of pieces) {
      hash.update(piece);
      sizeBytes += piece.length;
    }
    await written;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** Two disks that make up one; no part may lie across the boundary. */
function splitPlan(plan: DiskPlan, boundary: number): readonly [DiskPlan, DiskPlan] {
  const isFront = (part: DiskPart): boolean => rangeOf(part).end <= boundary;
  const back = plan.parts
    .filter((part) => !isFront(part))
    .map((part) => ({ ...part, offsetBytes: part.offsetBytes - boundary }));
  return [
    { sizeBytes: boundary, parts: plan.parts.filter(isFront) },
    { sizeBytes: plan.sizeBytes - boundary, parts: back },
  ];
}

async function* bytesOf(plan: DiskPlan): AsyncGenerator<Buffer> {
  for await (const { bytes } of readPlan(plan)) yield bytes;
}

async function* storedFrame(plan: DiskPlan): AsyncGenerator<readonly Buffer[]> {
  yield [frameHeader(plan.sizeBytes)];
  for await (const { bytes } of readPlan(plan)) yield storedBlocks(bytes);
  yield [emptyLastBlock()];
}

/** Appends; a short write is continued. */
async function append(output: FileHandle, pieces: readonly Buffer[]): Promise<void> {
  let { bytesWritten } = await output.writev(pieces);
  for (const piece of pieces) {
    const done = Math.min(bytesWritten, piece.length);
    bytesWritten -= done;
    if (done < piece.length) await output.appendFile(piece.subarray(done));
  }
}
