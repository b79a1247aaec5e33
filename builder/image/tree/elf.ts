import { peekContent, sizeOf } from './content.ts';
import type { Content } from './tree.ts';

/** What the dynamic loader would read of a program or shared library. */
export interface ElfInfo {
  /** `e_machine`: 62 for x86-64, 183 for AArch64. */
  readonly machine: number;
  /** `e_type`: 2 for a program at a fixed address, 3 for libraries and most programs. */
  readonly type: number;
  /** `PT_INTERP`: the loader's path. */
  readonly interpreter: string | undefined;
  /** `DT_SONAME`. */
  readonly soname: string | undefined;
  /** `DT_NEEDED`, in order. */
  readonly needed: readonly string[];
  /** Whether it has a dynamic section at all. */
  readonly isDynamic: boolean;
}

/** Enough for the header and all program headers of any file that a linker makes. */
const HEAD_BYTES = 4096;
const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const MAGIC = Buffer.from('\x7fELF\x02\x01', 'latin1');
/** A dynamic section or string table that is larger is a damaged file. */
const MAX_TABLE_BYTES = 4 << 20;

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_STRSZ = 10n;
const DT_SONAME = 14n;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly sizeBytes: number;
}

/**
 * Reads the dynamic information of a 64-bit little-endian ELF file (System V ABI, "Object Files" and "Dynamic
 * Linking"); undefined for every other file. Reads some kilobytes only, and so does not verify them.
 */
export async function readElf(content: Content): Promise<ElfInfo | undefined> {
  if (sizeOf(content) < HEADER_BYTES) return undefined;
  const head = await peekContent(content, 0, HEAD_BYTES);
  if (!head.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const segments = programHeaders(head);
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  return {
    machine: head.readUInt16LE(18),
    type: head.readUInt16LE(16),
    interpreter: interpreter && textAt(await bytesOf(content, interpreter), 0),
    isDynamic: dynamic !== undefined,
    ...(await names(content, dynamic, segments)),
  };
}

function programHeaders(head: Buffer): readonly Segment[] {
  const start = Number(head.readBigUInt64LE(32));
  const entryBytes = head.readUInt16LE(54);
  if (entryBytes !== PROGRAM_HEADER_BYTES) return [];
  const segments: Segment[] = [];
  for (let index = 0; index < head.readUInt16LE(56); index++) {
    const at = start + index * entryBytes;
    if (at + entryBytes > head.length) break;
    segments.push({
      type: head.readUInt32LE(at),
      offset: Number(head.readBigUInt64LE(at + 8)),
      address: head.readBigUInt64LE(at + 16),
      sizeBytes: Number(head.readBigUInt64LE(at + 32)),
    });
  }
  return segments;
}

async function names(
  content: Content,
  dynamic: Segment | undefined,
  segments: readonly Segment[],
): Promise<Pick<ElfInfo, 'soname' | 'needed'>> {
  const tags = dynamic === undefined ? [] : dynamicTags(await bytesOf(content, dynamic));
  const tagValue = (tag: bigint) => tags.find(([key]) => key === tag)?.[1];
  const address = tagValue(DT_STRTAB);
  const home = segments.find(
    ({ type, address: start, sizeBytes }) =>
      type === PT_LOAD &&
      address !== undefined &&
      address >= start &&
      address < start + BigInt(sizeBytes),
  );
  if (address === undefined || home === undefined) return { soname: undefined, needed: [] };
  const strings = await bytesOf(content, {
    offset: home.offset + Number(address - home.address),
    sizeBytes: Number(tagValue(DT_STRSZ) ?? 0n),
  });
  const soname = tagValue(DT_SONAME);
  return {
    soname: soname === undefined ? undefined : textAt(strings, Number(soname)),
    needed: tags.filter(([tag]) => tag === DT_NEEDED).map(([, at]) => textAt(strings, Number(at))),
  };
}

function dynamicTags(bytes: Buffer): readonly (readonly [bigint, bigint])[] {
  const tags: (readonly [bigint, bigint])[] = [];
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const tag = bytes.readBigUInt64LE(at);
    if (tag === 0n) break;
    tags.push([tag, bytes.readBigUInt64LE(at + 8)]);
  }
  return tags;
}

function bytesOf(
  content: Content,
  { offset, sizeBytes }: Pick<Segment, 'offset' | 'sizeBytes'>,
): Promise<Buffer> {
  if (offset > sizeOf(content)) return Promise.resolve(Buffer.alloc(0));
  return peekContent(content, offset, Math.min(sizeBytes, MAX_TABLE_BYTES));
}

function textAt(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString('latin1', start, end < 0 ? bytes.length : end);
}
