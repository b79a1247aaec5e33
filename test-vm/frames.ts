/** QEMU puts the length of each frame before it, 32 bits, on a stream. */
const LENGTH_BYTES = 4;

/** A frame to all on a network starts with this bit: broadcast and multicast. */
const GROUP_BIT = 1;

/** Where the type of a frame is, or its tag (IEEE 802.1Q, clause 9), after both addresses. */
const TAG_AT = LENGTH_BYTES + 12;
const TAG_BYTES = 4;
const TAGGED = 0x8100;
/** The lower bits of a tag's second half; those above are priority. */
const VLAN_BITS = 0xfff;

/** Takes complete Ethernet frames, each with its length before it, out of bytes as they come. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete with these bytes. */
  read(bytes: Buffer): readonly Buffer[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: Buffer[] = [];
    let at = 0;
    while (at + LENGTH_BYTES <= this.#rest.length) {
      const end = at + LENGTH_BYTES + this.#rest.readUInt32BE(at);
      if (end > this.#rest.length) break;
      frames.push(this.#rest.subarray(at, end));
      at = end;
    }
    this.#rest = this.#rest.subarray(at);
    return frames;
  }
}

/** Where a frame goes and where it comes from, as keys; `destination` is undefined when it goes to all. */
export function addressesOf(frame: Buffer): {
  readonly destination: string | undefined;
  readonly source: string;
} {
  const address = (at: number): string =>
    frame.toString('hex', LENGTH_BYTES + at, LENGTH_BYTES + at + 6);
  const toAll = ((frame[LENGTH_BYTES] ?? 0) & GROUP_BIT) === GROUP_BIT;
  return { destination: toAll ? undefined : address(0), source: address(6) };
}

/** The VLAN that a frame is tagged with; undefined for none, and for a tag that has a priority alone. */
export function vlanOf(frame: Buffer): number | undefined {
  if (!isTagged(frame)) return undefined;
  return frame.readUInt16BE(TAG_AT + 2) & VLAN_BITS || undefined;
}

/** A frame with a tag; one that has a tag gets another VLAN. */
export function withVlan(frame: Buffer, id: number): Buffer {
  const plain = withoutVlan(frame);
  const tag = Buffer.alloc(TAG_BYTES);
  tag.writeUInt16BE(TAGGED, 0);
  tag.writeUInt16BE(id, 2);
  return withLength(plain.subarray(LENGTH_BYTES, TAG_AT), tag, plain.subarray(TAG_AT));
}

/** A frame without its tag, if it has one. */
export function withoutVlan(frame: Buffer): Buffer {
  if (!isTagged(frame)) return frame;
  return withLength(frame.subarray(LENGTH_BYTES, TAG_AT), frame.subarray(TAG_AT + TAG_BYTES));
}

function isTagged(frame: Buffer): boolean {
  return frame.length >= TAG_AT + TAG_BYTES && frame.readUInt16BE(TAG_AT) === TAGGED;
}

function withLength(...parts: readonly Buffer[]): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(parts.reduce((sum, part) => sum + part.length, 0));
  return Buffer.concat([length, ...parts]);
}
