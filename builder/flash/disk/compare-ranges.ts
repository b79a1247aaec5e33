import { createHash } from 'node:crypto';
import type { MappedRange } from '../../image/artifacts/disk.ts';
import type { Work } from './copy-ranges.ts';
import { CHUNK_BYTES, type Disk } from './disk.ts';

interface Piece {
  readonly range: MappedRange;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Reads ranges of a disk and returns those with other bytes. While one chunk is hashed the next ones are read. */
export async function compareRanges(
  disk: Disk,
  ranges: readonly MappedRange[],
  { buffers, signal, advance }: Work,
): Promise<readonly MappedRange[]> {
  const pieces = ranges.flatMap(piecesOf);
  const reads: (Promise<Buffer> | undefined)[] = [];
  const begin = (number: number): void => {
    const [piece, buffer] = [pieces[number], buffers[number % buffers.length]];
    if (piece === undefined || buffer === undefined) return;
    const bytes = buffer.subarray(0, piece.sizeBytes);
    const read = disk.read(bytes, piece.offset).then(() => bytes);
    // Somebody awaits it later; until then its failure is nobody's.
    read.catch(() => undefined);
    reads[number] = read;
  };
  const wrong: MappedRange[] = [];
  try {
    for (let ahead = 0; ahead < buffers.length; ahead += 1) begin(ahead);
    let hash = createHash('sha256');
    for (const [number, { range, offset, sizeBytes }] of pieces.entries()) {
      signal.throwIfAborted();
      const bytes = await reads[number];
      if (bytes === undefined) throw new Error('a piece was not read');
      hash.update(bytes);
      reads[number] = undefined;
      begin(number + buffers.length);
      advance(sizeBytes);
      if (offset + sizeBytes < range.end) continue;
      if (hash.digest('hex') !== range.sha256) wrong.push(range);
      hash = createHash('sha256');
    }
  } finally {
    await Promise.allSettled(reads);
  }
  return wrong;
}

function piecesOf(range: MappedRange): readonly Piece[] {
  const count = Math.ceil((range.end - range.start) / CHUNK_BYTES);
  return Array.from({ length: count }, (_, i) => {
    const offset = range.start + i * CHUNK_BYTES;
    return { range, offset, sizeBytes: Math.min(CHUNK_BYTES, range.end - offset) };
  });
}
