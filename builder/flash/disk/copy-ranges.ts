import { createHash } from 'node:crypto';
import type { MappedRange } from '../../image/artifacts/disk.ts';
import { type ImageSource, SourceError } from '../image/source.ts';
import { CHUNK_BYTES, type Disk } from './disk.ts';

/** What copying needs besides its ends. */
export interface Work {
  /** Buffers that begin at a page; their number is how much is under way at a time. */
  readonly buffers: readonly Buffer[];
  readonly signal: AbortSignal;
  /** So many bytes more are done. */
  advance(bytes: number): void;
}

/**
 * Copies ranges of an image to a disk. While one chunk is written the next is read, and hashed.
 * @throws SourceError when the bytes of a range are not those that were built: they are on the disk by then
 */
export async function copyRanges(
  source: ImageSource,
  disk: Disk,
  ranges: readonly MappedRange[],
  { buffers, signal, advance }: Work,
): Promise<void> {
  const writes: (Promise<void> | undefined)[] = [];
  let turn = 0;
  try {
    for (const range of ranges) {
      const hash = createHash('sha256');
      for (let offset = range.start; offset < range.end; offset += CHUNK_BYTES) {
        await writes[turn];
        signal.throwIfAborted();
        const bytes = chunkOf(buffers[turn], range.end - offset);
        await source.read(bytes, offset);
        writes[turn] = disk.write(bytes, offset).then(() => advance(bytes.length));
        // Somebody awaits it later; until then its failure is nobody's.
        writes[turn]?.catch(() => undefined);
        hash.update(bytes);
        turn = (turn + 1) % buffers.length;
      }
      checkDigest(range, hash.digest('hex'));
    }
    await Promise.all(writes);
  } finally {
    // Nothing may still be written when the disk is closed.
    await Promise.allSettled(writes);
  }
}

/** @throws SourceError when the bytes of the range are others */
export function checkDigest(range: MappedRange, digest: string): void {
  if (digest === range.sha256) return;
  const where = `bytes ${range.start} to ${range.end}`;
  throw new SourceError(`its ${where} are not what was built: ${digest}, not ${range.sha256}`);
}

function chunkOf(buffer: Buffer | undefined, most: number): Buffer {
  if (buffer === undefined) throw new Error('copying needs a buffer');
  return buffer.subarray(0, Math.min(CHUNK_BYTES, most));
}
