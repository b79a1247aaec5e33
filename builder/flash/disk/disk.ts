/** A disk, or a file as one, that is open for writing. Offsets and sizes are multiples of a sector. */
export interface Disk {
  /** As the user would name it. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Fills the buffer. @throws KilnError `host` when the disk fails */
  read(target: Buffer, offset: number): Promise<void>;
  /** Writes all of the buffer. @throws KilnError `host` when the disk fails */
  write(bytes: Buffer, offset: number): Promise<void>;
  /** Returns when what was written would survive a loss of power. */
  sync(): Promise<void>;
}

/** Moved with one call: more makes no disk faster, and progress coarser. */
export const CHUNK_BYTES = 4 * 1024 * 1024;
