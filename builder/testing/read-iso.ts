// What an ISO says, read by its specifications and by none of xorriso's code.

/** A boot image of the boot catalog (El Torito, section 2.0). */
export interface BootImage {
  /** 0xef is UEFI. */
  readonly platform: number;
  readonly isBootable: boolean;
  /** 0 is none. */
  readonly emulation: number;
  /** In sectors of 512 bytes, as the catalog says it. */
  readonly sectors: number;
  readonly offsetBytes: number;
}

/** A file system of ECMA-119 with Rock Ridge names. */
export interface ReadIso {
  readonly label: string;
  readonly volumeBytes: number;
  /** Names of the root's files, with their bytes. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly boot: BootImage;
}

const BLOCK = 2048;

/** Reads an ISO whose files are all in its root. */
export function readIso(bytes: Buffer): ReadIso {
  const descriptor = (index: number): Buffer => block(bytes, 16 + index);
  const [primary, record] = [descriptor(0), descriptor(1)];
  if (primary.toString('latin1', 0, 6) !== '\x01CD001') throw new Error('no volume descriptor');
  if (!record.toString('latin1', 0, 64).startsWith('\0CD001\x01EL TORITO SPECIFICATION')) {
    throw new Error('no boot record');
  }
  const root = primary.subarray(156, 190);
  const directory = extentOf(bytes, root);
  return {
    label: primary.toString('latin1', 40, 72).trimEnd(),
    volumeBytes: primary.readUInt32LE(80) * BLOCK,
    files: new Map(recordsOf(directory).map((entry) => [nameOf(entry), extentOf(bytes, entry)])),
    boot: bootImage(block(bytes, record.readUInt32LE(0x47))),
  };
}

function block(bytes: Buffer, index: number): Buffer {
  return bytes.subarray(index * BLOCK, (index + 1) * BLOCK);
}

/** ECMA-119, section 9.1: the place and the length of what a directory record is about. */
function extentOf(bytes: Buffer, record: Buffer): Buffer {
  const start = record.readUInt32LE(2) * BLOCK;
  return bytes.subarray(start, start + record.readUInt32LE(10));
}

/** The records of files: the first two are the directory itself and the one above. */
function recordsOf(directory: Buffer): readonly Buffer[] {
  const records: Buffer[] = [];
  for (let offset = 0; offset < directory.length; ) {
    const length = directory.readUInt8(offset);
    if (length === 0) break;
    records.push(directory.subarray(offset, offset + length));
    offset += length;
  }
  return records.slice(2);
}

/** Rock Ridge's NM entry in the system use area (IEEE P1282, section 4.1.4). */
function nameOf(record: Buffer): string {
  const idLength = record.readUInt8(32);
  let offset = 33 + idLength + (idLength % 2 === 0 ? 1 : 0);
  while (offset + 4 <= record.length) {
    const length = record.readUInt8(offset + 2);
    if (record.toString('latin1', offset, offset + 2) === 'NM') {
      return record.toString('utf8', offset + 5, offset + length);
    }
    if (length === 0) break;
    offset += length;
  }
  throw new Error('a file has no Rock Ridge name');
}

function bootImage(catalog: Buffer): BootImage {
  const words = Array.from({ length: 16 }, (_, index) => catalog.readUInt16LE(index * 2));
  const sum = words.reduce((total, word) => (total + word) & 0xffff, 0);
  if (sum !== 0 || catalog.readUInt16BE(30) !== 0x55aa) throw new Error('no validation entry');
  return {
    platform: catalog.readUInt8(1),
    isBootable: catalog.readUInt8(32) === 0x88,
    emulation: catalog.readUInt8(33),
    sectors: catalog.readUInt16LE(38),
    offsetBytes: catalog.readUInt32LE(40) * BLOCK,
  };
}
