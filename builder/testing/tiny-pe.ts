import { COFF, OPTIONAL, SECTION_FLAG, sectionHeader } from '../image/boot/pe.ts';

export const FILE_ALIGNMENT = 0x200;
export const SECTION_ALIGNMENT = 0x1000;

export interface PeShape {
  readonly headersSizeBytes?: number;
  readonly imageSizeBytes?: number;
  readonly signed?: boolean;
}

/** A PE32+ file with one section, `.text`, of five bytes. */
export function tinyPe(shape: PeShape = {}): Buffer {
  const headersSizeBytes = shape.headersSizeBytes ?? 0x400;
  const bytes = Buffer.alloc(headersSizeBytes + FILE_ALIGNMENT);
  const coff = 0x44;
  const optional = coff + COFF.sizeBytes;
  bytes.write('MZ', 0);
  bytes.writeUInt32LE(0x40, 0x3c);
  bytes.write('PE\0\0', 0x40);
  bytes.writeUInt16LE(0x8664, coff + COFF.machine);
  bytes.writeUInt16LE(1, coff + COFF.sectionCount);
  bytes.writeUInt16LE(240, coff + COFF.optionalHeaderSize);
  bytes.writeUInt16LE(0x20b, optional + OPTIONAL.magic);
  bytes.writeUInt32LE(SECTION_ALIGNMENT, optional + OPTIONAL.sectionAlignment);
  bytes.writeUInt32LE(FILE_ALIGNMENT, optional + OPTIONAL.fileAlignment);
  bytes.writeUInt32LE(shape.imageSizeBytes ?? 0x2000, optional + OPTIONAL.imageSize);
  bytes.writeUInt32LE(headersSizeBytes, optional + OPTIONAL.headersSize);
  bytes.writeUInt32LE(16, optional + OPTIONAL.directoryCount);
  if (shape.signed) bytes.writeUInt32LE(0x5000, optional + OPTIONAL.directories + 4 * 8);
  sectionHeader({
    name: '.text',
    virtualAddress: 0x1000,
    virtualSizeBytes: 5,
    fileOffset: headersSizeBytes,
    fileSizeBytes: FILE_ALIGNMENT,
    flags: SECTION_FLAG.code | SECTION_FLAG.read,
  }).copy(bytes, optional + 240);
  return bytes;
}
