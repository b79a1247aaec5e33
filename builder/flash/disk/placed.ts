import type { MappedRange } from '../../image/artifacts/disk.ts';
import { sha256 } from '../../report/sha256.ts';
import type { ImageSource } from '../image/source.ts';
import { copyRanges, type Work } from './copy-ranges.ts';
import type { Disk } from './disk.ts';
import type { Placed } from './layout.ts';

/** Where bytes lie, with their digest. */
export function rangeOfPlaced({ offset, bytes }: Placed): MappedRange {
  return { start: offset, end: offset + bytes.length, sha256: sha256(bytes) };
}

/** Writes bytes that are in memory; they need not be aligned. */
export async function writePlaced(
  disk: Disk,
  placed: Placed,
  work: Omit<Work, 'advance'> & Partial<Work>,
): Promise<void> {
  const source: ImageSource = {
    read: async (target, offset) => {
      placed.bytes.copy(target, 0, offset - placed.offset);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  await copyRanges(source, disk, [rangeOfPlaced(placed)], { advance: () => undefined, ...work });
}
