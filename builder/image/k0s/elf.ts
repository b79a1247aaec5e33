import { open } from 'node:fs/promises';
import type { Arch } from '../arch.ts';

/** ELF header: e_ident, e_type and e_machine (System V ABI, chapter 4, "ELF Header"). */
const HEADER_BYTES = 20;
const MAGIC = '\x7fELF';
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;

const MACHINES: Readonly<Record<number, Arch>> = { 62: 'x86_64', 183: 'arm64' };

/** What a program file is: for an architecture of Kiln's, for another machine, a script, or neither. */
export type ProgramKind = Arch | 'other-machine' | 'script' | 'no-program';

/** Looks at a file's first bytes. */
export async function programKindOf(path: string): Promise<ProgramKind> {
  const file = await open(path);
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0);
    return kindOfHeader(header.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** The same for bytes: the first 20 of a file, or fewer when it is shorter. */
export function kindOfHeader(header: Buffer): ProgramKind {
  if (header.toString('latin1', 0, 2) === '#!') return 'script';
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, 4) !== MAGIC) {
    return 'no-program';
  }
  if (header[4] !== CLASS_64 || header[5] !== LITTLE_ENDIAN) return 'other-machine';
  return MACHINES[header.readUInt16LE(18)] ?? 'other-machine';
}
