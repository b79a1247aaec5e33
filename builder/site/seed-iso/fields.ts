/** What all numbers of sectors count: a logical sector, which is a logical block here too (ECMA-119 6.1.2, 6.2.2). */
export const SECTOR_BYTES = 2048;

/** So many sectors hold so many bytes. */
export function sectorsOf(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES);
}

/** ECMA-119 7.1.1: an 8-bit number. */
export function uint8(value: number): Buffer {
  return Buffer.from([value]);
}

/** ECMA-119 7.2.3: a 16-bit number in both byte orders, the little end first. */
export function both16(value: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt16LE(value, 0);
  field.writeUInt16BE(value, 2);
  return field;
}

/** ECMA-119 7.3.3: a 32-bit number in both byte orders, the little end first. */
export function both32(value: number): Buffer {
  return Buffer.concat([little32(value), big32(value)]);
}

/** ECMA-119 7.3.1. */
export function little32(value: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(value);
  return field;
}

/** ECMA-119 7.3.2. */
export function big32(value: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32BE(value);
  return field;
}

/** Bytes of zero. */
export function zeros(bytes: number): Buffer {
  return Buffer.alloc(bytes);
}

/** How a volume writes texts: in ASCII, or (Joliet) in UCS-2 with the big end first. */
export type Charset = 'ascii' | 'ucs-2';

export function encode(text: string, charset: Charset): Buffer {
  switch (charset) {
    case 'ascii':
      return Buffer.from(text, 'latin1');
    case 'ucs-2':
      return Buffer.from(text, 'utf16le').swap16();
  }
}

/** ECMA-119 7.4.3.2: a text, filled with blanks. An odd byte at the end, which Joliet cannot fill, is zero. */
export function padded(text: string, bytes: number, charset: Charset): Buffer {
  const encoded = encode(text, charset);
  if (encoded.length > bytes) throw new Error(`"${text}" is longer than its field, ${bytes} bytes`);
  const blank = encode(' ', charset);
  const field = Buffer.alloc(bytes);
  field.fill(blank, 0, bytes - (bytes % blank.length));
  encoded.copy(field);
  return field;
}

/** Puts parts one after the other; they must have exactly so many bytes together. */
export function exactly(bytes: number, parts: readonly Uint8Array[]): Buffer {
  const whole = Buffer.concat(parts);
  if (whole.length !== bytes) throw new Error(`${whole.length} bytes instead of ${bytes}`);
  return whole;
}
