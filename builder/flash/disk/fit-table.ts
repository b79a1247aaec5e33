import { crc32 } from '../../image/artifacts/crc32.ts';
import { ALIGNMENT_BYTES, SECTOR_BYTES } from '../../image/artifacts/gpt.ts';
import { guidBytes, type Uuid } from '../../image/artifacts/guid.ts';
import { fitMbr } from '../../image/artifacts/mbr.ts';

/** Both ends of a disk with its partition table. */
export interface FittedTable {
  /** MBR, header, entries: from byte 0. */
  readonly primary: Buffer;
  /** Entries and header: up to the disk's last byte. */
  readonly backup: Buffer;
  /** Byte at which the last of the image's partitions ends. */
  readonly partitionsEnd: number;
  /** Byte at which the added partition begins. */
  readonly addedAt: number | undefined;
}

/** A partition that the image does not have; it lies at the disk's end. */
export interface AddedPartition {
  readonly label: string;
  readonly type: Uuid;
  readonly uuid: Uuid;
  readonly sizeBytes: number;
}

/** Offsets in a header (UEFI Specification, table 5.5). */
const HEADER = {
  size: 12,
  crc: 16,
  own: 24,
  other: 32,
  lastUsable: 48,
  entriesAt: 72,
  entryCount: 80,
  entryBytes: 84,
  entriesCrc: 88,
} as const;
/** Offsets in an entry (table 5.6). */
const ENTRY = { type: 0, uuid: 16, first: 32, last: 40, name: 56 } as const;

/**
 * Fits the partition table of an image to a disk of another size: the backup goes to the disk's end, and all of the
 * disk may be used. Partitions stay where they are: the box itself makes and enlarges the others.
 * @param primary the image's first bytes, at least its table
 * @throws Error when that is no partition table, or the disk has no room
 */
export function fitTable(
  primary: Buffer,
  diskBytes: number,
  added: AddedPartition | undefined,
): FittedTable {
  const table = readTable(primary);
  const lastSector = diskBytes / SECTOR_BYTES - 1;
  const entriesSectors = table.entries.length / SECTOR_BYTES;
  const lastUsable = lastSector - entriesSectors - 1;
  const partitionsEnd = endOfPartitions(table);
  const addedAt = added && placeAtEnd(added, partitionsEnd, (lastUsable + 1) * SECTOR_BYTES);
  if (partitionsEnd > (lastUsable + 1) * SECTOR_BYTES) throw new Error('the disk is too small');
  if (added && addedAt !== undefined) addEntry(table, added, addedAt);

  const backupAt = lastSector - entriesSectors;
  const head = Buffer.concat([
    fitMbr(primary.subarray(0, SECTOR_BYTES), lastSector),
    headerOf(table, { own: 1, other: lastSector, lastUsable, entriesAt: 2 }),
    table.entries,
  ]);
  const backup = headerOf(table, { own: lastSector, other: 1, lastUsable, entriesAt: backupAt });
  return {
    primary: head,
    backup: Buffer.concat([table.entries, backup]),
    partitionsEnd,
    addedAt,
  };
}

/** Whether a disk that begins so has a partition with this UUID; one without a sound table has none. */
export function hasPartition(primary: Buffer, uuid: Uuid): boolean {
  const wanted = guidBytes(uuid);
  try {
    const used = entriesOf(readTable(primary)).filter(isUsed);
    return used.some((entry) => wanted.equals(entry.subarray(ENTRY.uuid, ENTRY.first)));
  } catch {
    return false;
  }
}

interface Table {
  readonly header: Buffer;
  readonly entries: Buffer;
  readonly entryBytes: number;
}

function readTable(primary: Buffer): Table {
  const header = Buffer.from(primary.subarray(SECTOR_BYTES, 2 * SECTOR_BYTES));
  const isHeader = header.toString('latin1', 0, 8) === 'EFI PART';
  if (!isHeader || header.readBigUInt64LE(HEADER.entriesAt) !== 2n) {
    throw new Error('the image has no GPT where Kiln writes it');
  }
  const entryBytes = header.readUInt32LE(HEADER.entryBytes);
  const size = header.readUInt32LE(HEADER.entryCount) * entryBytes;
  const entries = Buffer.from(primary.subarray(2 * SECTOR_BYTES, 2 * SECTOR_BYTES + size));
  if (crc32(entries) !== header.readUInt32LE(HEADER.entriesCrc)) {
    throw new Error('the image’s GPT is damaged');
  }
  return { header, entries, entryBytes };
}

function endOfPartitions(table: Table): number {
  const ends = entriesOf(table)
    .filter(isUsed)
    .map((entry) => (Number(entry.readBigUInt64LE(ENTRY.last)) + 1) * SECTOR_BYTES);
  return Math.max(...ends);
}

function entriesOf({ entries, entryBytes }: Table): readonly Buffer[] {
  return Array.from({ length: entries.length / entryBytes }, (_, i) =>
    entries.subarray(i * entryBytes, (i + 1) * entryBytes),
  );
}

function isUsed(entry: Buffer): boolean {
  return entry.subarray(ENTRY.type, ENTRY.uuid).some((byte) => byte !== 0);
}

/** At the end, for nothing may be in the way of what the first boot adds after the root. */
function placeAtEnd(added: AddedPartition, start: number, end: number): number {
  const at = Math.floor((end - added.sizeBytes) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  if (at < start) throw new Error(`the disk has no room for the partition ${added.label}`);
  return at;
}

function addEntry(table: Table, added: AddedPartition, offsetBytes: number): void {
  const entry = entriesOf(table).find((each) => !isUsed(each));
  if (entry === undefined) throw new Error('the partition table is full');
  const first = offsetBytes / SECTOR_BYTES;
  const sectors = Math.ceil(added.sizeBytes / SECTOR_BYTES);
  guidBytes(added.type).copy(entry, ENTRY.type);
  guidBytes(added.uuid).copy(entry, ENTRY.uuid);
  entry.writeBigUInt64LE(BigInt(first), ENTRY.first);
  entry.writeBigUInt64LE(BigInt(first + sectors - 1), ENTRY.last);
  entry.write(added.label, ENTRY.name, 'utf16le');
}

interface Places {
  readonly own: number;
  readonly other: number;
  readonly lastUsable: number;
  readonly entriesAt: number;
}

function headerOf({ header, entries }: Table, places: Places): Buffer {
  const copy = Buffer.from(header);
  copy.writeBigUInt64LE(BigInt(places.own), HEADER.own);
  copy.writeBigUInt64LE(BigInt(places.other), HEADER.other);
  copy.writeBigUInt64LE(BigInt(places.lastUsable), HEADER.lastUsable);
  copy.writeBigUInt64LE(BigInt(places.entriesAt), HEADER.entriesAt);
  copy.writeUInt32LE(crc32(entries), HEADER.entriesCrc);
  copy.writeUInt32LE(0, HEADER.crc);
  copy.writeUInt32LE(crc32(copy.subarray(0, copy.readUInt32LE(HEADER.size))), HEADER.crc);
  return copy;
}
