import { type FileHandle, open } from 'node:fs/promises';
import type { Sha256 } from '../../report/sha256.ts';
import type { ByteRange } from './byte-range.ts';

/** Something that lies on the disk at `offsetBytes`: bytes in memory, or a range of a file. */
export type DiskPart =
  | { readonly offsetBytes: number; readonly bytes: Buffer }
  | {
      readonly offsetBytes: number;
      readonly file: string;
      readonly fileOffset: number;
      readonly sizeBytes: number;
      /** Of these bytes, when it is known already. */
      readonly sha256?: Sha256;
    };

/** A disk image before it is written: its parts, sorted and apart from each other; the rest is zeros. */
export interface DiskPlan {
  readonly sizeBytes: number;
  readonly parts: readonly DiskPart[];
}

/** Small enough to be in the processor's cache still when it is hashed and written. */
const CHUNK_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

/** A piece of the disk, a MiB at most. */
export interface Chunk {
  readonly offset: number;
  /** Valid until the next chunk is asked for. */
  readonly bytes: Buffer;
  readonly isHole: boolean;
}

/** All bytes of the disk in order. */
export async function* readPlan(plan: DiskPlan): AsyncGenerator<Chunk> {
  let offset = 0;
  for (const part of plan.parts) {
    const { start, end } = rangeOf(part);
    if (start < offset) throw new Error(`parts of the disk overlap at byte ${start}`);
    yield* hole(offset, start);
    if ('bytes' in part) yield { offset: start, bytes: part.bytes, isHole: false };
    else yield* readPart(part);
    offset = end;
  }
  if (offset > plan.sizeBytes) throw new Error('the last part ends after the disk');
  yield* hole(offset, plan.sizeBytes);
}

function* hole(start: number, end: number): Generator<Chunk> {
  for (let offset = start; offset < end; offset += CHUNK_BYTES) {
    yield { offset, bytes: ZEROS.subarray(0, Math.min(CHUNK_BYTES, end - offset)), isHole: true };
  }
}

/** Two buffers in turn: the next piece is read while the caller works on this one. */
async function* readPart(part: Extract<DiskPart, { file: string }>): AsyncGenerator<Chunk> {
  await using input = await open(part.file, 'r');
  const [first, second] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
  const read = async (done: number): Promise<Buffer> => {
    const size = Math.min(CHUNK_BYTES, part.sizeBytes - done);
    const buffer = (done / CHUNK_BYTES) % 2 === 0 ? first : second;
    return readAll(input, buffer.subarray(0, size), part.fileOffset + done, part.file);
  };
  let next = read(0);
  try {
    for (let done = 0; done < part.sizeBytes; done += CHUNK_BYTES) {
      const bytes = await next;
      if (done + CHUNK_BYTES < part.sizeBytes) next = read(done + CHUNK_BYTES);
      yield { offset: part.offsetBytes + done, bytes, isHole: false };
    }
  } finally {
    // When the caller gave up, a read may still be under way: the file must not close below it.
    await next.catch(() => undefined);
  }
}

async function readAll(
  input: FileHandle,
  bytes: Buffer,
  offset: number,
  file: string,
): Promise<Buffer> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await input.read(bytes, done, bytes.length - done, offset + done);
    if (bytesRead === 0) throw new Error(`${file} ends before byte ${offset + bytes.length}`);
    done += bytesRead;
  }
  return bytes;
}

export function rangeOf(part: DiskPart): ByteRange {
  const size = 'bytes' in part ? part.bytes.length : part.sizeBytes;
  return { start: part.offsetBytes, end: part.offsetBytes + size };
}
