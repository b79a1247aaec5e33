/** One file of an initramfs archive, with its bytes already at hand. */
export interface CpioEntry {
  /** Relative to the root, no leading slash. */
  readonly path: string;
  /** File type and permission bits, as in `st_mode`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** A file's bytes, or a symlink's target; empty for a directory. */
  readonly data: Buffer;
}

/** `st_mode` file types (POSIX, `sys/stat.h`). */
export const FILE_TYPE = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;

const TRAILER: CpioEntry = {
  path: 'TRAILER!!!',
  mode: 0,
  uid: 0,
  gid: 0,
  mtime: 0,
  data: Buffer.alloc(0),
};

/**
 * The bytes of one archive member in cpio's `newc` format (Linux, "initramfs buffer format"): header, name
 * and data, both padded to four bytes. `inode` must differ between members: the kernel takes two files with
 * the same number and more than one link for one file.
 */
export function cpioMember(entry: CpioEntry, inode: number): Buffer[] {
  const name = Buffer.from(`${entry.path}\0`);
  const links = (entry.mode & FILE_TYPE.directory) === FILE_TYPE.directory ? 2 : 1;
  const fields = [
    inode,
    entry.mode,
    entry.uid,
    entry.gid,
    links,
    entry.mtime,
    entry.data.length,
    0, // device number: major, minor
    0,
    0, // device node: major, minor
    0,
    name.length,
    0, // checksum: not used by newc
  ];
  const header = Buffer.from(`070701${fields.map(hexField).join('')}`);
  return [
    header,
    name,
    padding(header.length + name.length),
    entry.data,
    padding(entry.data.length),
  ];
}

/** The member that ends an archive. */
export function cpioTrailer(): Buffer[] {
  return cpioMember(TRAILER, 0);
}

function hexField(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
