import { type Extent, rootRecord } from './directory.ts';
import {
  big32,
  both16,
  both32,
  type Charset,
  encode,
  exactly,
  little32,
  padded,
  SECTOR_BYTES,
  uint8,
  zeros,
} from './fields.ts';
import { PATH_TABLE_BYTES } from './path-table.ts';

/** A volume, as one of its descriptors tells it. */
export interface Volume {
  readonly label: string;
  /** Of the whole volume. */
  readonly sectors: number;
  readonly root: Extent;
  /** Sectors of the path tables. */
  readonly pathTables: { readonly little: number; readonly big: number };
}

/** Joliet, "ISO 2022 UCS-2 level 3": what the supplementary descriptor's texts and names are written in. */
const UCS_2_LEVEL_3 = '%/E';

/** ECMA-119 8.4.26.1, the start of the year 2000; and none. */
const DATE = Buffer.concat([encode('2000010100000000', 'ascii'), uint8(0)]);
const NO_DATE = Buffer.concat([encode('0'.repeat(16), 'ascii'), uint8(0)]);

/** ECMA-119 8.4. The label is written in small letters, as cloud-init's own documentation has it. */
export function primaryDescriptor(volume: Volume): Buffer {
  return descriptor(1, 'ascii', zeros(32), volume);
}

/** ECMA-119 8.5, for Joliet. */
export function jolietDescriptor(volume: Volume): Buffer {
  const escapes = Buffer.concat([encode(UCS_2_LEVEL_3, 'ascii'), zeros(29)]);
  return descriptor(2, 'ucs-2', escapes, volume);
}

/** ECMA-119 8.3 */
export function terminator(): Buffer {
  return exactly(SECTOR_BYTES, [...heading(255), zeros(SECTOR_BYTES - 7)]);
}

function descriptor(type: number, charset: Charset, escapes: Buffer, volume: Volume): Buffer {
  const text = (value: string, bytes: number): Buffer => padded(value, bytes, charset);
  return exactly(SECTOR_BYTES, [
    ...heading(type),
    uint8(0),
    text('', 32), // system that uses sectors 0 to 15
    text(volume.label, 32),
    zeros(8),
    both32(volume.sectors),
    escapes,
    both16(1), // volumes in the set
    both16(1), // which one this is
    both16(SECTOR_BYTES),
    both32(PATH_TABLE_BYTES),
    little32(volume.pathTables.little),
    little32(0), // no second copy
    big32(volume.pathTables.big),
    big32(0),
    rootRecord(volume.root),
    text('', 128), // volume set
    text('', 128), // publisher
    text('', 128), // data preparer
    text('KILN', 128), // application
    text('', 37), // copyright file
    text('', 37), // abstract file
    text('', 37), // bibliographic file
    ...[DATE, DATE, NO_DATE, NO_DATE], // made, changed, expires, effective from
    uint8(1), // version of the structure
    zeros(1 + 512 + 653),
  ]);
}

/** ECMA-119 8.1: type, standard identifier, version. */
function heading(type: number): readonly Buffer[] {
  return [uint8(type), encode('CD001', 'ascii'), uint8(1)];
}
