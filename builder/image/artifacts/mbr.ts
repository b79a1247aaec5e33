/**
 * What the first sector says of a disk with GPT.
 *
 * - `protective`: all of it is one partition, so that tools that know no GPT leave it alone.
 * - `hybrid`: a FAT partition for firmware that knows no GPT, before the one that says that there is one.
 */
export type MbrKind = 'protective' | 'hybrid';

/** Consecutive sectors of the disk. */
export interface Sectors {
  readonly first: number;
  readonly count: number;
}

const SECTOR_BYTES = 512;
/** Four entries of 16 bytes (UEFI Specification, table 5.1), and the signature. */
const ENTRIES = 446;
const ENTRY_BYTES = 16;
const SIGNATURE = 510;

/** Partition types: FAT32 by sector numbers, as the boot ROM of a Raspberry Pi 3 wants it (no 0xEF); GPT. */
const FAT32_LBA = 0x0c;
const GPT_PROTECTIVE = 0xee;

/** In cylinders, heads and sectors: 0x000200, and "too far to say". */
const CHS_SECOND_SECTOR = [0x00, 0x02, 0x00] as const;
const CHS_TOO_FAR = [0xff, 0xff, 0xff] as const;

/** One partition over the whole disk (UEFI Specification, section 5.2.3). */
export function protectiveMbr(lastSector: number): Buffer {
  return mbrWith([
    {
      ...{ type: GPT_PROTECTIVE, start: CHS_SECOND_SECTOR, end: CHS_TOO_FAR },
      ...{ first: 1, count: Math.min(lastSector, 0xffffffff) },
    },
  ]);
}

/**
 * The FAT partition comes first, for the boot ROM of a Raspberry Pi 3 looks at no other. The second entry covers the
 * GPT: one of type 0xEE anywhere is what makes U-Boot, Linux and fdisk read the GPT. It ends where the FAT begins and
 * not at the disk's end, for two partitions must not overlap: so it also stays right on a disk of any size.
 */
export function hybridMbr(fat: Sectors): Buffer {
  return mbrWith([
    { type: FAT32_LBA, start: CHS_TOO_FAR, end: CHS_TOO_FAR, ...fat },
    {
      type: GPT_PROTECTIVE,
      start: CHS_SECOND_SECTOR,
      end: CHS_TOO_FAR,
      first: 1,
      count: fat.first - 1,
    },
  ]);
}

/** A copy of an MBR for a disk whose last sector is another one: only a protective one has to say where it ends. */
export function fitMbr(mbr: Buffer, lastSector: number): Buffer {
  const copy = Buffer.from(mbr);
  if (copy[ENTRIES + 4] === GPT_PROTECTIVE) {
    copy.writeUInt32LE(Math.min(lastSector, 0xffffffff), ENTRIES + 12);
  }
  return copy;
}

interface Entry extends Sectors {
  readonly type: number;
  readonly start: readonly [number, number, number];
  readonly end: readonly [number, number, number];
}

function mbrWith(entries: readonly Entry[]): Buffer {
  const mbr = Buffer.alloc(SECTOR_BYTES);
  for (const [index, { type, start, end, first, count }] of entries.entries()) {
    const entry = mbr.subarray(ENTRIES + index * ENTRY_BYTES);
    entry.set(start, 1);
    entry.writeUInt8(type, 4);
    entry.set(end, 5);
    entry.writeUInt32LE(first, 8);
    entry.writeUInt32LE(count, 12);
  }
  mbr.writeUInt16LE(0xaa55, SIGNATURE);
  return mbr;
}
