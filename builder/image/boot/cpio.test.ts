import test from 'ava';
import { type CpioEntry, cpioMember, cpioTrailer, FILE_TYPE } from './cpio.ts';

const OWNED = { uid: 0, gid: 0, mtime: 1_700_000_000 };

function archiveOf(entries: readonly CpioEntry[]): Buffer {
  const members = entries.flatMap((entry, index) => cpioMember(entry, index + 1));
  return Buffer.concat([...members, ...cpioTrailer()]);
}

interface Parsed {
  readonly path: string;
  readonly fields: readonly number[];
  readonly data: string;
}

/** Reads an archive back as the kernel does: fields of eight hexadecimal digits, padding to four bytes. */
function parse(archive: Buffer): Parsed[] {
  const members: Parsed[] = [];
  for (let offset = 0; offset < archive.length; ) {
    if (archive.toString('latin1', offset, offset + 6) !== '070701') throw new Error('no magic');
    const fields = Array.from({ length: 13 }, (_, index) =>
      Number.parseInt(
        archive.toString('latin1', offset + 6 + index * 8, offset + 14 + index * 8),
        16,
      ),
    );
    const nameStart = offset + 110;
    const dataStart = align(nameStart + fields[11]!);
    const path = archive.toString('utf8', nameStart, nameStart + fields[11]! - 1);
    const data = archive.toString('utf8', dataStart, dataStart + fields[6]!);
    members.push({ path, fields, data });
    offset = align(dataStart + fields[6]!);
  }
  return members;
}

const align = (offset: number): number => Math.ceil(offset / 4) * 4;

test('an archive reads back as what went in', (t) => {
  const archive = archiveOf([
    { ...OWNED, path: 'usr', mode: FILE_TYPE.directory | 0o755, data: Buffer.alloc(0) },
    { ...OWNED, path: 'usr/odd', mode: FILE_TYPE.file | 0o644, data: Buffer.from('12345') },
    { ...OWNED, path: 'init', mode: FILE_TYPE.symlink | 0o777, data: Buffer.from('usr/odd') },
  ]);
  const [usr, odd, init, trailer, ...rest] = parse(archive);
  t.deepEqual(rest, []);
  t.like(usr, { path: 'usr', data: '' });
  t.like(odd, { path: 'usr/odd', data: '12345' });
  t.like(init, { path: 'init', data: 'usr/odd' });
  const [inode, mode, uid, gid, links, mtime, sizeBytes] = odd!.fields;
  t.deepEqual(
    { inode, mode, uid, gid, links, mtime, sizeBytes },
    {
      inode: 2,
      mode: 0o100644,
      uid: 0,
      gid: 0,
      links: 1,
      mtime: 1_700_000_000,
      sizeBytes: 5,
    },
  );
  t.is(trailer!.path, 'TRAILER!!!');
});

test('every member is padded to four bytes', (t) => {
  for (const length of [0, 1, 2, 3, 4]) {
    const member = cpioMember(
      { ...OWNED, path: 'a'.repeat(length + 1), mode: FILE_TYPE.file, data: Buffer.alloc(length) },
      1,
    );
    t.is(Buffer.concat(member).length % 4, 0);
  }
});

test('a name outside ASCII is counted in bytes', (t) => {
  const path = 'usr/share/ca-certificates/Főtanúsítvány.crt';
  const entry = { ...OWNED, path, mode: FILE_TYPE.file | 0o644, data: Buffer.from('x') };
  t.is(parse(archiveOf([entry]))[0]!.path, path);
});
