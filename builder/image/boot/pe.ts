import { KilnError } from '../../report/errors.ts';

/** One section of a PE file: where it is in memory and in the file, in bytes. */
export interface PeSection {
  readonly name: string;
  readonly virtualAddress: number;
  readonly virtualSizeBytes: number;
  readonly fileOffset: number;
  readonly fileSizeBytes: number;
  readonly flags: number;
}

/** What Kiln reads of a PE32+ file's headers. Offsets are from the file's start, sizes in bytes. */
export interface PeHeaders {
  readonly machine: number;
  readonly coffOffset: number;
  readonly optionalOffset: number;
  readonly sectionTableOffset: number;
  readonly sectionAlignment: number;
  readonly fileAlignment: number;
  readonly headersSizeBytes: number;
  readonly imageSizeBytes: number;
  readonly sections: readonly PeSection[];
}

/** Section flags (Microsoft PE Format, "Section Flags"). */
export const SECTION_FLAG = {
  code: 0x0000_0020,
  initializedData: 0x0000_0040,
  read: 0x4000_0000,
} as const;

/** Byte offsets inside the headers (Microsoft PE Format, "COFF File Header", "Optional Header"). */
export const COFF = { machine: 0, sectionCount: 2, optionalHeaderSize: 16, sizeBytes: 20 } as const;
export const OPTIONAL = {
  magic: 0,
  codeSize: 4,
  initializedDataSize: 8,
  sectionAlignment: 32,
  fileAlignment: 36,
  imageSize: 56,
  headersSize: 60,
  checksum: 64,
  directoryCount: 108,
  directories: 112,
} as const;
export const SECTION_HEADER_BYTES = 40;

const SIGNATURE_POINTER = 0x3c;
const PE32_PLUS = 0x20b;

/**
 * Reads the headers of an EFI program.
 * `what` names it in the error that is thrown when it is not a PE32+ file.
 */
export function readPe(bytes: Buffer, what: string): PeHeaders {
  if (bytes.length < 0x40 || bytes.toString('latin1', 0, 2) !== 'MZ') throw notPe(what);
  const signature = bytes.readUInt32LE(SIGNATURE_POINTER);
  const coffOffset = signature + 4;
  const optionalOffset = coffOffset + COFF.sizeBytes;
  if (bytes.length < optionalOffset + OPTIONAL.directories) throw notPe(what);
  if (bytes.toString('latin1', signature, coffOffset) !== 'PE\0\0') throw notPe(what);
  if (bytes.readUInt16LE(optionalOffset + OPTIONAL.magic) !== PE32_PLUS) throw notPe(what);

  const count = bytes.readUInt16LE(coffOffset + COFF.sectionCount);
  const sectionTableOffset =
    optionalOffset + bytes.readUInt16LE(coffOffset + COFF.optionalHeaderSize);
  if (bytes.length < sectionTableOffset + count * SECTION_HEADER_BYTES) throw notPe(what);
  return {
    machine: bytes.readUInt16LE(coffOffset + COFF.machine),
    coffOffset,
    optionalOffset,
    sectionTableOffset,
    sectionAlignment: bytes.readUInt32LE(optionalOffset + OPTIONAL.sectionAlignment),
    fileAlignment: bytes.readUInt32LE(optionalOffset + OPTIONAL.fileAlignment),
    headersSizeBytes: bytes.readUInt32LE(optionalOffset + OPTIONAL.headersSize),
    imageSizeBytes: bytes.readUInt32LE(optionalOffset + OPTIONAL.imageSize),
    sections: Array.from({ length: count }, (_, index) =>
      readSection(bytes, sectionTableOffset + index * SECTION_HEADER_BYTES),
    ),
  };
}

function readSection(bytes: Buffer, offset: number): PeSection {
  return {
    name: bytes.toString('latin1', offset, offset + 8).replace(/\0+$/, ''),
    virtualSizeBytes: bytes.readUInt32LE(offset + 8),
    virtualAddress: bytes.readUInt32LE(offset + 12),
    fileSizeBytes: bytes.readUInt32LE(offset + 16),
    fileOffset: bytes.readUInt32LE(offset + 20),
    flags: bytes.readUInt32LE(offset + 36),
  };
}

/** The bytes of a section header (Microsoft PE Format, "Section Table"). */
export function sectionHeader(section: PeSection): Buffer {
  const header = Buffer.alloc(SECTION_HEADER_BYTES);
  header.write(section.name, 'latin1');
  header.writeUInt32LE(section.virtualSizeBytes, 8);
  header.writeUInt32LE(section.virtualAddress, 12);
  header.writeUInt32LE(section.fileSizeBytes, 16);
  header.writeUInt32LE(section.fileOffset, 20);
  header.writeUInt32LE(section.flags, 36);
  return header;
}

function notPe(what: string): KilnError {
  return new KilnError('verification', `${what} is not an EFI program (PE32+)`, {
    hint: 'the package that brought it may have changed: look at its file list in the lock',
  });
}
