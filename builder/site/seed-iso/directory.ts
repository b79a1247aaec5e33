import { both16, both32, encode, exactly, SECTOR_BYTES, uint8, zeros } from './fields.ts';
import { fileEntries, parentEntries, rootEntries } from './rock-ridge.ts';

/** A run of sectors. */
export interface Extent {
  readonly sector: number;
  readonly bytes: number;
}

/** A file that has its place. */
export interface PlacedFile extends Extent {
  readonly name: string;
}

/** ECMA-119 9.1.5, the start of the year 2000: a seed has no time of its own, and some readers want one. */
const DATE = Uint8Array.of(100, 1, 1, 0, 0, 0, 0);

/** ECMA-119 9.1.6 */
const DIRECTORY_FLAG = 2;

/** ECMA-119 7.6.2: names of the root itself and of its parent. */
const SELF = Uint8Array.of(0);
const PARENT = Uint8Array.of(1);

/** ECMA-119 9.1: a directory record. */
function record(
  extent: Extent,
  flags: number,
  identifier: Uint8Array,
  systemUse: Uint8Array = zeros(0),
): Buffer {
  // 9.1.12: what follows the identifier starts at an even byte.
  const padding = zeros((identifier.length + 1) % 2);
  const end = zeros(systemUse.length % 2);
  const body = Buffer.concat([
    both32(extent.sector),
    both32(extent.bytes),
    DATE,
    uint8(flags),
    zeros(2), // not interleaved
    both16(1), // volume of the set
    uint8(identifier.length),
    ...[identifier, padding, systemUse, end],
  ]);
  return Buffer.concat([uint8(body.length + 2), uint8(0), body]);
}

/** The record of the root as the volume descriptors have it. */
export function rootRecord(root: Extent): Buffer {
  return record(root, DIRECTORY_FLAG, SELF);
}

/** The root with names for POSIX in Rock Ridge's entries, and for those who do not read them in ECMA-119's way. */
export function rockRidgeRoot(
  root: Extent,
  files: readonly PlacedFile[],
  continuationSector: number,
): Buffer {
  return directory([
    record(root, DIRECTORY_FLAG, SELF, rootEntries(continuationSector)),
    record(root, DIRECTORY_FLAG, PARENT, parentEntries()),
    ...files.map((file) =>
      record(file, 0, encode(plainName(file.name), 'ascii'), fileEntries(file.name)),
    ),
  ]);
}

/** The root with names as Joliet writes them. */
export function jolietRoot(root: Extent, files: readonly PlacedFile[]): Buffer {
  return directory([
    record(root, DIRECTORY_FLAG, SELF),
    record(root, DIRECTORY_FLAG, PARENT),
    ...files.map((file) => record(file, 0, encode(`${file.name};1`, 'ucs-2'))),
  ]);
}

/** ECMA-119 6.8.1.1: no record goes over the end of a sector; here all are in one. */
function directory(records: readonly Uint8Array[]): Buffer {
  const bytes = records.reduce((sum, { length }) => sum + length, 0);
  return exactly(SECTOR_BYTES, [...records, zeros(Math.max(0, SECTOR_BYTES - bytes))]);
}

/** ECMA-119 7.5: capital letters, digits and the underscore; a dot, and a version. */
function plainName(name: string): string {
  return `${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}.;1`;
}
