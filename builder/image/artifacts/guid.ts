import { type Sha256, sha256 } from '../../report/sha256.ts';

/** A UUID in text form, lower case. */
export type Uuid = string;

const TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A UUID that is a function of `seed` and of what it is for: the same build gives the same disk. It has the
 * version bits of "custom" (RFC 9562, section 5.8), for it is neither random nor a time.
 */
export function derivedUuid(seed: string, purpose: string): Uuid {
  const bytes = Buffer.from(sha256(`${purpose}\0${seed}`), 'hex').subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return uuidText(bytes);
}

/**
 * The UUIDs of a root partition and its hash tree: the two halves of the root hash, as they are
 * (Discoverable Partitions Specification, "Partition Types", on root and verity partitions).
 */
export function verityUuids(rootHash: Sha256): { readonly root: Uuid; readonly verity: Uuid } {
  const bytes = Buffer.from(rootHash, 'hex');
  return { root: uuidText(bytes.subarray(0, 16)), verity: uuidText(bytes.subarray(16, 32)) };
}

/** A UUID's sixteen bytes as GPT stores them: the first three fields little-endian (UEFI, appendix A). */
export function guidBytes(uuid: Uuid): Buffer {
  if (!TEXT.test(uuid)) throw new Error(`not a UUID: ${uuid}`);
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

function uuidText(bytes: Buffer): Uuid {
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}
