import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Arch } from '../../builder/image/arch.ts';

/** As large as k0s v1.36 for x86_64. */
const SIZE_MIB = 254;
const PIECE = 1 << 20;

/** Values of e_machine (System V ABI, "ELF Header"). */
const MACHINES: Readonly<Record<Arch, number>> = { x86_64: 62, arm64: 183 };

/**
 * Writes a file that costs a compressor what k0s costs: programs that are compressed already make up one half,
 * which nothing makes smaller, and machine code the other. The same bytes every time.
 */
export async function writeK0sLike(path: string, arch: Arch): Promise<void> {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, 2));
  const words = instructions(noise.update(Buffer.alloc(1 << 16)));
  const file = createWriteStream(path, { mode: 0o755 });
  for (let piece = 0; piece < SIZE_MIB; piece += 1) {
    const bytes = noise.update(Buffer.alloc(PIECE));
    const data = piece % 2 === 0 ? codeLike(bytes, words) : bytes;
    if (piece === 0) elfHeader(MACHINES[arch]).copy(data);
    if (!file.write(data)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

/** Thousands of short byte strings, as a processor's instructions are. */
function instructions(noise: Buffer): readonly Buffer[] {
  const words: Buffer[] = [];
  for (let at = 0; words.length < 4096; ) {
    const end = at + 2 + ((noise[at] ?? 0) % 9);
    words.push(noise.subarray(at, end));
    at = end;
  }
  return words;
}

/**
 * A few instructions often, most seldom, and numbers in between. zstd takes for it what it takes for real
 * programs: at level 9 some 30 MB a second and core, and four tenths of it are left.
 */
function codeLike(noise: Buffer, words: readonly Buffer[]): Buffer {
  const code = Buffer.alloc(noise.length);
  for (let at = 0, next = 0; at < code.length; next = (next + 3) % (noise.length - 4)) {
    const skew = noise[next + 2] ?? 0;
    const word = words[(noise.readUInt16LE(next) >> 4) >> (skew % 7)] ?? noise;
    at += word.copy(code, at);
    if ((skew & 31) === 0) at += noise.copy(code, at, next, next + 3);
  }
  return code;
}

/** The 64 bytes by which Kiln sees what machine a program is for. */
function elfHeader(machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeUInt16LE(64, 52);
  return header;
}
