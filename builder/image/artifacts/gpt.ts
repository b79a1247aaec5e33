import { KilnError } from '../../report/errors.ts';
import { crc32 } from './crc32.ts';
import { guidBytes, type Uuid } from './guid.ts';
import { hybridMbr, type MbrKind, protectiveMbr } from './mbr.ts';

/** Bytes of a logical sector. Disks with sectors of 4096 bytes need another image. */
export const SECTOR_BYTES = 512;
/** Partitions begin at multiples of this: good for every flash page and RAID stripe. */
export const ALIGNMENT_BYTES = 1024 * 1024;

/** One partition to be. Its place on the disk follows from the order. */
export interface PartitionWish {
  readonly label: string;
  readonly type: Uuid;
  readonly uuid: Uuid;
  readonly sizeBytes: number;
  /** Bit numbers of the attributes field (UEFI, table 5.7; Discoverable Partitions Specification). */
  readonly attributes: readonly number[];
}

/** A partition with its place: byte offset from the start of the disk. */
export interface PlacedPartition extends PartitionWish {
  readonly offsetBytes: number;
}

/** A disk's partition table: where everything is, and the bytes at both ends of the disk. */
export interface PartitionTable {
  readonly diskUuid: Uuid;
  readonly diskBytes: number;
  readonly partitions: readonly PlacedPartition[];
  /** MBR, primary header and entries: from byte 0. */
  readonly primary: Buffer;
  /** Entries and backup header: the last bytes of the disk. */
  readonly backup: Buffer;
}

const ENTRY_BYTES = 128;
const ENTRY_COUNT = 128;
const ENTRIES_SECTORS = (ENTRY_BYTES * ENTRY_COUNT) / SECTOR_BYTES;
const HEADER_BYTES = 92;
const NAME_UNITS = 36;

/**
 * Lays out a disk: partitions one after the other, the smallest disk that holds them, and its GPT with the
 * protective MBR and the backup (UEFI Specification, section 5.3).
 * @param mbr `hybrid` for readers that know no GPT but have to find the first partition, which is FAT
 */
export function makePartitionTable(
  diskUuid: Uuid,
  wishes: readonly PartitionWish[],
  mbr: MbrKind = 'protective',
): PartitionTable {
  let end = ALIGNMENT_BYTES;
  const partitions = wishes.map((wish): PlacedPartition => {
    const offsetBytes = roundUp(end, ALIGNMENT_BYTES);
    end = offsetBytes + roundUp(wish.sizeBytes, SECTOR_BYTES);
    return { ...wish, sizeBytes: end - offsetBytes, offsetBytes };
  });
  const backupBytes = (ENTRIES_SECTORS + 1) * SECTOR_BYTES;
  const diskBytes = roundUp(end + backupBytes, ALIGNMENT_BYTES);
  const lastSector = diskBytes / SECTOR_BYTES - 1;

  const entries = entryArray(partitions);
  const header = (own: number, other: number, entriesAt: number): Buffer =>
    gptHeader({ diskUuid, own, other, entriesAt, lastSector, entries });
  return {
    diskUuid,
    diskBytes,
    partitions,
    primary: Buffer.concat([
      mbrSector(mbr, partitions, lastSector),
      header(1, lastSector, 2),
      entries,
    ]),
    backup: Buffer.concat([entries, header(lastSector, 1, lastSector - ENTRIES_SECTORS)]),
  };
}

function mbrSector(kind: MbrKind, [first]: readonly PlacedPartition[], lastSector: number): Buffer {
  if (kind === 'protective') return protectiveMbr(lastSector);
  if (first === undefined) throw new Error('a hybrid MBR has the first partition in it');
  const start = first.offsetBytes / SECTOR_BYTES;
  return hybridMbr({ first: start, count: first.sizeBytes / SECTOR_BYTES });
}

function entryArray(partitions: readonly PlacedPartition[]): Buffer {
  if (partitions.length > ENTRY_COUNT) throw new Error('more partitions than GPT entries');
  const entries = Buffer.alloc(ENTRY_BYTES * ENTRY_COUNT);
  for (const [index, partition] of partitions.entries()) {
    const entry = entries.subarray(index * ENTRY_BYTES, (index + 1) * ENTRY_BYTES);
    const first = partition.offsetBytes / SECTOR_BYTES;
    const last = first + partition.sizeBytes / SECTOR_BYTES - 1;
    guidBytes(partition.type).copy(entry, 0);
    guidBytes(partition.uuid).copy(entry, 16);
    entry.writeBigUInt64LE(BigInt(first), 32);
    entry.writeBigUInt64LE(BigInt(last), 40);
    entry.writeBigUInt64LE(
      partition.attributes.reduce((bits, bit) => bits | (1n << BigInt(bit)), 0n),
      48,
    );
    if (partition.label.length > NAME_UNITS) {
      throw new KilnError(
        'definition',
        `the partition label "${partition.label}" is longer than ${NAME_UNITS} characters`,
        { hint: 'it contains the version of the image: choose a shorter one' },
      );
    }
    entry.write(partition.label, 56, 'utf16le');
  }
  return entries;
}

interface HeaderFields {
  readonly diskUuid: Uuid;
  readonly own: number;
  readonly other: number;
  readonly entriesAt: number;
  readonly lastSector: number;
  readonly entries: Buffer;
}

/** UEFI Specification, table 5.5. */
function gptHeader(fields: HeaderFields): Buffer {
  const header = Buffer.alloc(SECTOR_BYTES);
  header.write('EFI PART', 0, 'latin1');
  header.writeUInt32LE(0x0001_0000, 8); // revision 1.0
  header.writeUInt32LE(HEADER_BYTES, 12);
  header.writeBigUInt64LE(BigInt(fields.own), 24);
  header.writeBigUInt64LE(BigInt(fields.other), 32);
  header.writeBigUInt64LE(BigInt(2 + ENTRIES_SECTORS), 40); // first and last usable sector
  header.writeBigUInt64LE(BigInt(fields.lastSector - ENTRIES_SECTORS - 1), 48);
  guidBytes(fields.diskUuid).copy(header, 56);
  header.writeBigUInt64LE(BigInt(fields.entriesAt), 72);
  header.writeUInt32LE(ENTRY_COUNT, 80);
  header.writeUInt32LE(ENTRY_BYTES, 84);
  header.writeUInt32LE(crc32(fields.entries), 88);
  header.writeUInt32LE(crc32(header.subarray(0, HEADER_BYTES)), 16);
  return header;
}

function roundUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
