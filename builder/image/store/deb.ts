import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { KilnError } from '../../report/errors.ts';
import type { Compression, XzDecoder } from '../../tools/xz.ts';
import { type ArMember, readArMembers } from './ar.ts';

/** One of the two archives inside a package: a range of the package file and how it is compressed. */
export interface DebMember {
  readonly file: string;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly compression: Compression;
}

/** A binary package, taken apart as far as its table of contents (deb(5)). */
export interface Deb {
  readonly control: DebMember;
  readonly data: DebMember;
}

const COMPRESSION_OF: ReadonlyMap<string, Compression> = new Map([
  ['', 'none'],
  ['.gz', 'gzip'],
  ['.xz', 'xz'],
  ['.zst', 'zstd'],
]);

/**
 * Finds the members of a package file; reads headers only.
 * @param label names the package in messages.
 * @throws KilnError('verification') when it is no format 2.x package.
 */
export async function openDeb(path: string, label: string): Promise<Deb> {
  await using file = await open(path);
  const members = await readArMembers(file, label);
  const [first] = members;
  if (first?.name !== 'debian-binary') {
    throw new KilnError(
      'verification',
      `${label} is no Debian package: its first member is not debian-binary`,
    );
  }
  const { buffer, bytesRead } = await file.read(
    Buffer.alloc(16),
    0,
    Math.min(first.sizeBytes, 16),
    first.offset,
  );
  const version = buffer.toString('latin1', 0, bytesRead).trim();
  if (!version.startsWith('2.')) {
    throw new KilnError(
      'verification',
      `${label} has package format ${version}; only 2.x is known`,
    );
  }
  return {
    control: memberOf(path, members, 'control.tar', label),
    data: memberOf(path, members, 'data.tar', label),
  };
}

/** The bytes of a member, decompressed while they are read. */
export function readMember(member: DebMember, xz: XzDecoder): Readable {
  const { file, offset, sizeBytes, compression } = member;
  const raw = createReadStream(file, {
    start: offset,
    end: offset + sizeBytes - 1,
    highWaterMark: 1 << 18,
  });
  if (compression === 'none') return raw;
  if (compression !== 'gzip') return xz.decode(raw, compression);
  const plain = createGunzip({ chunkSize: 1 << 18 });
  raw.on('error', (error) => plain.destroy(error));
  return raw.pipe(plain);
}

function memberOf(
  file: string,
  members: readonly ArMember[],
  stem: string,
  label: string,
): DebMember {
  const found = members.filter((member) => member.name.startsWith(stem));
  const [member] = found;
  if (member === undefined || found.length > 1) {
    throw new KilnError(
      'verification',
      `${label} has ${found.length} members named ${stem}*, not one`,
    );
  }
  const compression = COMPRESSION_OF.get(member.name.slice(stem.length));
  if (compression === undefined || member.sizeBytes === 0) {
    const what = member.sizeBytes === 0 ? 'which is empty' : 'whose compression is not known';
    throw new KilnError('verification', `${label} has ${member.name}, ${what}`);
  }
  return { file, offset: member.offset, sizeBytes: member.sizeBytes, compression };
}
