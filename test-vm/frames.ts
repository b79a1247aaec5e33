/** QEMU puts the length of each frame before it, 32 bits, on a stream. */
const LENGTH_BYTES = 4;

/** A frame to all on a network starts with this bit: broadcast and multicast. */
const GROUP_BIT = 1;

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
