/** Bytes of a block at most (RFC 8878, section 3.1.1.2.4). */
const BLOCK_BYTES = 128 * 1024;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

const MAGIC = 0xfd2fb528;
/** Frame header descriptor: an 8-byte content size, a window descriptor, no checksum, no dictionary. */
const DESCRIPTOR = 0b1100_0000;
/** A window of 128 KiB: exponent 17 - 10. No block refers back, so a reader needs no more memory. */
const WINDOW = 7 << 3;

const BLOCK_TYPE = { raw: 0, repeat: 1 } as const;

/** The start of a Zstandard frame (RFC 8878, section 3.1.1.1) with that many bytes of content. */
export function frameHeader(contentBytes: number): Buffer {
  const header = Buffer.alloc(14);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt8(DESCRIPTOR, 4);
  header.writeUInt8(WINDOW, 5);
  header.writeBigUInt64LE(BigInt(contentBytes), 6);
  return header;
}

/** Blocks that hold the bytes as they are, and runs of zeros as one byte each. */
export function storedBlocks(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; offset += BLOCK_BYTES) {
    const block = bytes.subarray(offset, offset + BLOCK_BYTES);
    if (block.equals(ZEROS.subarray(0, block.length))) {
      pieces.push(blockHeader(BLOCK_TYPE.repeat, block.length, false), ZEROS.subarray(0, 1));
    } else {
      pieces.push(blockHeader(BLOCK_TYPE.raw, block.length, false), block);
    }
  }
  return pieces;
}

/** The block that ends a frame. */
export function emptyLastBlock(): Buffer {
  return blockHeader(BLOCK_TYPE.raw, 0, true);
}

/** RFC 8878, section 3.1.1.2: three bytes, little-endian. */
function blockHeader(type: number, sizeBytes: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((sizeBytes << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return header;
}
