import { crc32 } from 'node:zlib';

export interface ZipFile {
  readonly name: string;
  readonly content: Buffer;
}

// ZIP File Format Specification 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const VERSION = 20;
/** Names are UTF-8. */
const FLAGS = 1 << 11;
/** 1 January 1980, 0:00: the first time that the format knows. */
const DATE = 0x0021;
const REGULAR_FILE = 0o100644;

/**
 * A ZIP archive after a prefix, such as the line that makes it a program. Files are stored as they are, in
 * the given order, with one fixed time: the same input gives the same bytes.
 */
export function zip(prefix: Buffer, files: readonly ZipFile[]): Buffer {
  const parts: Buffer[] = [prefix];
  const directory: Buffer[] = [];
  let offset = prefix.length;
  for (const { name, content } of files) {
    const common = commonFields(Buffer.from(name), content);
    const local = Buffer.concat([words(LOCAL_HEADER), common, Buffer.from(name), content]);
    directory.push(centralHeader(common, name, offset));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...parts, central, endOfDirectory(files.length, central.length, offset)]);
}

/** From "version needed" to "extra field length": local and central headers have it alike. */
function commonFields(name: Buffer, content: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(FLAGS, 2);
  fields.writeUInt16LE(DATE, 8);
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(content.length, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function centralHeader(common: Buffer, name: string, offset: number): Buffer {
  const madeBy = Buffer.alloc(2);
  madeBy.writeUInt16LE((3 << 8) | VERSION);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(REGULAR_FILE * 0x10000, 6);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([words(CENTRAL_HEADER), madeBy, common, rest, Buffer.from(name)]);
}

function endOfDirectory(count: number, sizeBytes: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END_OF_DIRECTORY, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(sizeBytes, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

function words(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
