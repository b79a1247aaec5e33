import { sizeOf } from './content.ts';
import type { TreeEntry } from './tree.ts';

/** Headers and contents stand in blocks of this size (POSIX.1-2017, `pax`, "ustar Interchange Format"). */
const BLOCK_BYTES = 512;
/** Of the fields for the name and for a link's target. */
const NAME_BYTES = 100;
/** Where the checksum is in the header, and its size. */
const CHECKSUM = { offset: 148, bytes: 8 } as const;

/** Values of the typeflag field. */
const TYPES = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;
/** The extended header of the member behind it. */
const EXTENDED = 'x';

interface Member {
  readonly name: string;
  readonly type: string;
  readonly linkName: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtime: number;
}

/**
 * What stands before an entry's content in a tar archive: its ustar header, and before that a pax extended
 * header when a name does not fit. Names are UTF-8 as they are, owners are numbers only, and no time is
 * later than the epoch.
 */
export function tarHeader(entry: TreeEntry, epoch: number): Buffer {
  const { uid, gid, mode } = entry;
  const member: Member = {
    ...{ uid, gid, mode },
    name: entry.path,
    type: TYPES[entry.kind],
    linkName: 'target' in entry ? entry.target : '',
    sizeBytes: entry.kind === 'file' ? sizeOf(entry.content) : 0,
    mtime: Math.min(entry.mtime, epoch),
  };
  const header = ustarHeader(member);
  const records = Buffer.from(extendedRecords(member));
  if (records.length === 0) return header;
  const sizeBytes = records.length;
  const extended = ustarHeader({ ...member, type: EXTENDED, linkName: '', sizeBytes });
  return Buffer.concat([extended, records, tarPadding(sizeBytes), header]);
}

/** Zeros from the end of a content to the next block. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc(-sizeBytes & (BLOCK_BYTES - 1));
}

/** The end of an archive: two blocks of zeros. */
export function tarTrailer(): Buffer {
  return Buffer.alloc(2 * BLOCK_BYTES);
}

/** What the ustar header cuts off. */
function extendedRecords({ name, linkName }: Member): string {
  const records: string[] = [];
  if (Buffer.byteLength(name) > NAME_BYTES) records.push(extendedRecord('path', name));
  if (Buffer.byteLength(linkName) > NAME_BYTES) records.push(extendedRecord('linkpath', linkName));
  return records.join('');
}

/** `length keyword=value\n`, where the length counts its own digits, too. */
function extendedRecord(keyword: string, value: string): string {
  const rest = ` ${keyword}=${value}\n`;
  const restBytes = Buffer.byteLength(rest);
  let length = restBytes;
  while (length !== restBytes + `${length}`.length) length = restBytes + `${length}`.length;
  return `${length}${rest}`;
}

function ustarHeader({ name, type, linkName, mode, uid, gid, sizeBytes, mtime }: Member): Buffer {
  const fields: readonly (readonly [bytes: number, value: string])[] = [
    [NAME_BYTES, name],
    [8, octal(8, mode)],
    [8, octal(8, uid)],
    [8, octal(8, gid)],
    [12, octal(12, sizeBytes)],
    [12, octal(12, mtime)],
    // Counted as spaces in its own sum.
    [CHECKSUM.bytes, ' '.repeat(CHECKSUM.bytes)],
    [1, type],
    [NAME_BYTES, linkName],
    [8, 'ustar\x0000'],
  ];
  const header = Buffer.alloc(BLOCK_BYTES);
  let offset = 0;
  for (const [bytes, value] of fields) {
    header.write(value, offset, bytes);
    offset += bytes;
  }
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(octal(CHECKSUM.bytes, sum), CHECKSUM.offset);
  return header;
}

/** Octal digits and a NUL. */
function octal(bytes: number, value: number): string {
  const digits = value.toString(8).padStart(bytes - 1, '0');
  if (digits.length >= bytes) throw new Error(`${value} is too large for a tar header`);
  return `${digits}\0`;
}
