import { BLOCK_BYTES, type MappedRange } from '../../image/artifacts/disk.ts';
import { ALIGNMENT_BYTES } from '../../image/artifacts/gpt.ts';
import { sha256 } from '../../report/sha256.ts';
import { checkDigest } from './copy-ranges.ts';
import { type AddedPartition, fitTable } from './fit-table.ts';

/** What an old file system, RAID or partition table may have left at either end of a disk fits in here. */
const END_BYTES = ALIGNMENT_BYTES;

/** Bytes for a place on the disk. */
export interface Placed {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** What goes where on one particular disk. */
export interface DiskLayout {
  /** The first bytes, with the partition table: what is written last. */
  readonly head: Buffer;
  /** The last blocks, with its backup. */
  readonly tail: Placed;
  /** Copied from the image as they are. */
  readonly body: readonly MappedRange[];
  readonly added: Placed | undefined;
  /** Cleared before anything is written: both ends of the disk. */
  readonly cleared: readonly Placed[];
}

/** A partition that the image does not have, with its contents: whole MiB of them. */
export interface FilledPartition extends Omit<AddedPartition, 'sizeBytes'> {
  readonly bytes: Buffer;
}

/** The range that has the partition table. @throws Error when the map has none */
export function headRange(ranges: readonly MappedRange[]): MappedRange {
  const [first] = ranges;
  if (first?.start === 0 && first.end <= ALIGNMENT_BYTES) return first;
  throw new Error('its first range is not that of a partition table alone');
}

/**
 * Lays an image out on a disk.
 * @param head the bytes of `headRange`
 * @throws SourceError when the head is not what was built
 */
export function layOut(
  ranges: readonly MappedRange[],
  head: Buffer,
  diskBytes: number,
  added: FilledPartition | undefined,
): DiskLayout {
  checkDigest(headRange(ranges), sha256(head));
  const wish = added && { ...added, sizeBytes: added.bytes.length };
  const table = fitTable(head, diskBytes, wish);
  const imageEnd = roundDown(table.partitionsEnd + BLOCK_BYTES - 1);
  const tailAt = roundDown(diskBytes - table.backup.length);
  const tail = Buffer.alloc(diskBytes - tailAt);
  table.backup.copy(tail, tail.length - table.backup.length);
  const front = Buffer.from(head);
  table.primary.copy(front);
  return {
    head: front,
    tail: { offset: tailAt, bytes: tail },
    // What lies behind the last partition is the image's own backup.
    body: ranges.slice(1).filter(({ start }) => start < imageEnd),
    added: added && { offset: table.addedAt ?? 0, bytes: added.bytes },
    cleared: [
      zeros(BLOCK_BYTES, ALIGNMENT_BYTES),
      zeros(Math.max(imageEnd, roundDown(diskBytes - END_BYTES)), diskBytes),
    ],
  };
}

function zeros(start: number, end: number): Placed {
  return { offset: start, bytes: Buffer.alloc(end - start) };
}

function roundDown(bytes: number): number {
  return Math.floor(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}
