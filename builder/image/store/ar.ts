import type { FileHandle } from 'node:fs/promises';
import { KilnError } from '../../report/errors.ts';

const MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;
const HEADER_END = '`\n';

/** Where one member of an ar archive is in its file. */
export interface ArMember {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * Lists the members of an ar archive by its headers alone (ar(5), common format, as deb(5) uses it).
 * @throws KilnError('verification') when the file is no archive or is cut short.
 */
export async function readArMembers(file: FileHandle, label: string): Promise<readonly ArMember[]> {
  const { size } = await file.stat();
  if ((await readText(file, 0, MAGIC.length)) !== MAGIC) throw broken(label, 'is no ar archive');
  const members: ArMember[] = [];
  for (let at = MAGIC.length; at < size; ) {
    const header = await readText(file, at, HEADER_BYTES);
    const sizeText = header.slice(48, 58).trimEnd();
    if (
      header.length < HEADER_BYTES ||
      !header.endsWith(HEADER_END) ||
      !/^\d{1,10}$/.test(sizeText)
    ) {
      throw broken(label, `has no valid ar header at byte ${at}`);
    }
    const offset = at + HEADER_BYTES;
    const sizeBytes = Number(sizeText);
    if (offset + sizeBytes > size) throw broken(label, 'ends in the middle of a member');
    members.push({ name: header.slice(0, 16).trimEnd().replace(/\/$/, ''), offset, sizeBytes });
    at = offset + sizeBytes + (sizeBytes % 2);
  }
  return members;
}

async function readText(file: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.toString('latin1', 0, bytesRead);
}

function broken(label: string, what: string): KilnError {
  return new KilnError('verification', `${label} ${what}`);
}
