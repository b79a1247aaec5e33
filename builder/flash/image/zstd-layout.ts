import { SourceError } from './source.ts';

/** Bytes of the image that lie in the file as they are, or one byte of it that stands for all of them. */
export interface StoredBlock {
  /** From the start of the frame's contents. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly fileOffset: number;
  readonly isRepeated: boolean;
}

/** One Zstandard frame in a file. */
export interface Frame {
  readonly fileStart: number;
  readonly fileEnd: number;
  /** Of its contents in the image; known unless a block is compressed. */
  readonly stored:
    | { readonly blocks: readonly StoredBlock[]; readonly sizeBytes: number }
    | undefined;
}

/** Reads so many bytes of a file; fewer only at its end. */
export type ReadAt = (offset: number, sizeBytes: number) => Buffer;

const MAGIC = 0xfd2fb528;
const BLOCK_TYPE = { raw: 0, repeat: 1, compressed: 2 } as const;
/** Bytes of the fields that the descriptor says are there (RFC 8878, section 3.1.1.1). */
const DICTIONARY_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

/**
 * The frames of a file, from the headers of their blocks alone (RFC 8878, section 3.1.1).
 * @throws SourceError when there is anything else, or the file ends early
 */
export function readFrames(fileBytes: number, read: ReadAt): readonly Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < fileBytes; at = frames.at(-1)?.fileEnd ?? fileBytes) {
    frames.push(readFrame(at, fileBytes, read));
  }
  if (frames.length === 0) throw new SourceError('it is empty');
  return frames;
}

function readFrame(fileStart: number, fileBytes: number, read: ReadAt): Frame {
  const descriptor = magicAndDescriptor(exactly(5, fileStart, read));
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSize = CONTENT_SIZE_BYTES[descriptor >> 6] ?? 0;
  let at =
    fileStart +
    5 +
    (isSingleSegment ? 0 : 1) +
    (DICTIONARY_BYTES[descriptor & 3] ?? 0) +
    (isSingleSegment && contentSize === 0 ? 1 : contentSize);
  const blocks: StoredBlock[] = [];
  let offset = 0;
  let isStored = true;
  for (let isLast = false; !isLast; ) {
    const header = exactly(3, at, read).readUIntLE(0, 3);
    const [type, sizeBytes] = [(header >> 1) & 3, header >> 3];
    isLast = (header & 1) === 1;
    if (type > BLOCK_TYPE.compressed) throw new SourceError(`byte ${at} begins no Zstandard block`);
    const isRepeated = type === BLOCK_TYPE.repeat;
    isStored &&= type !== BLOCK_TYPE.compressed;
    blocks.push({ offset, sizeBytes, fileOffset: at + 3, isRepeated });
    offset += sizeBytes;
    at += 3 + (isRepeated ? 1 : sizeBytes);
  }
  // A checksum of four bytes may follow.
  const fileEnd = at + ((descriptor & 4) === 0 ? 0 : 4);
  if (fileEnd > fileBytes) throw new SourceError('it ends in the middle of a block');
  return { fileStart, fileEnd, stored: isStored ? { blocks, sizeBytes: offset } : undefined };
}

function magicAndDescriptor(header: Buffer): number {
  if (header.readUInt32LE(0) !== MAGIC) throw new SourceError('it is not Zstandard');
  return header.readUInt8(4);
}

function exactly(sizeBytes: number, offset: number, read: ReadAt): Buffer {
  const bytes = read(offset, sizeBytes);
  if (bytes.length === sizeBytes) return bytes;
  throw new SourceError('it ends in the middle of a block');
}
