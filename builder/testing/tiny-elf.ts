/** What a made-up ELF file says of itself. */
export interface TinyElf {
  /** 62: x86-64. */
  readonly machine?: number;
  readonly soname?: string;
  readonly needed?: readonly string[];
  readonly interpreter?: string;
  readonly isStatic?: boolean;
}

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
/** Files are loaded here, so that addresses and offsets differ. */
const BASE = 0x10000;

/** The smallest file that a dynamic loader would find its names in. */
export function tinyElf({
  machine = 62,
  soname,
  needed = [],
  interpreter,
  isStatic = false,
}: TinyElf): Buffer {
  const names = [...(soname === undefined ? [] : [soname]), ...needed];
  const strings = Buffer.from(`\0${names.map((name) => `${name}\0`).join('')}`);
  const offsetOf = (index: number) =>
    1 + names.slice(0, index).join('\0').length + (index > 0 ? 1 : 0);
  const loader = Buffer.from(interpreter === undefined ? '' : `${interpreter}\0`);
  const start = HEADER_BYTES + 3 * SEGMENT_BYTES;
  const dynamicAt = start + strings.length + loader.length;
  const tags: [number, number][] = names.map((_name, index) => [
    soname !== undefined && index === 0 ? 14 : 1,
    offsetOf(index),
  ]);
  const dynamic = words([...tags, [5, BASE + start], [10, strings.length], [0, 0]].flat());
  const total = dynamicAt + dynamic.length;
  const segments = [
    segment(1, 0, total),
    ...(isStatic ? [] : [segment(2, dynamicAt, dynamic.length)]),
    ...(interpreter === undefined ? [] : [segment(3, start + strings.length, loader.length)]),
  ];
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(BigInt(HEADER_BYTES), 32);
  header.writeUInt16LE(SEGMENT_BYTES, 54);
  header.writeUInt16LE(segments.length, 56);
  const table = Buffer.concat(segments);
  const padding = Buffer.alloc(start - HEADER_BYTES - table.length);
  return Buffer.concat([header, table, padding, strings, loader, dynamic]);
}

function segment(type: number, offset: number, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(SEGMENT_BYTES);
  bytes.writeUInt32LE(type, 0);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeBigUInt64LE(BigInt(BASE + offset), 16);
  bytes.writeBigUInt64LE(BigInt(sizeBytes), 32);
  bytes.writeBigUInt64LE(BigInt(sizeBytes), 40);
  return bytes;
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => {
    bytes.writeBigUInt64LE(BigInt(value), index * 8);
  });
  return bytes;
}
