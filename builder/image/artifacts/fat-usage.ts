import { open } from 'node:fs/promises';
import type { ByteRange } from './byte-range.ts';

const BOOT_SECTOR_BYTES = 512;
const ENTRY_BYTES = 4;
/** The upper four bits of an entry are reserved. */
const ENTRY_MASK = 0x0fffffff;

/**
 * The parts of a FAT32 file system that mean something: its boot sectors and tables, and the clusters that
 * are in use (Microsoft FAT Specification, sections 3 and 4). Everything else may be left unwritten.
 */
export async function usedFatRanges(path: string): Promise<readonly ByteRange[]> {
  await using handle = await open(path, 'r');
  const boot = Buffer.alloc(BOOT_SECTOR_BYTES);
  await handle.read(boot, 0, boot.length, 0);
  const sectorBytes = boot.readUInt16LE(11);
  const clusterBytes = boot.readUInt8(13) * sectorBytes;
  const tableStart = boot.readUInt16LE(14) * sectorBytes;
  const tableBytes = boot.readUInt32LE(36) * sectorBytes;
  const dataStart = tableStart + boot.readUInt8(16) * tableBytes;
  if (boot.readUInt16LE(510) !== 0xaa55 || clusterBytes === 0 || tableBytes === 0) {
    throw new Error(`${path}: not a FAT32 file system`);
  }
  const table = Buffer.alloc(tableBytes);
  await handle.read(table, 0, table.length, tableStart);
  const clusters = usedClusters(table).map(
    (cluster): ByteRange => ({
      start: dataStart + (cluster - 2) * clusterBytes,
      end: dataStart + (cluster - 1) * clusterBytes,
    }),
  );
  return mergeAdjacent([{ start: 0, end: dataStart }, ...clusters]);
}

/** The first two entries are no clusters. */
function usedClusters(table: Buffer): number[] {
  const used: number[] = [];
  for (let cluster = 2; cluster < table.length / ENTRY_BYTES; cluster++) {
    if ((table.readUInt32LE(cluster * ENTRY_BYTES) & ENTRY_MASK) !== 0) used.push(cluster);
  }
  return used;
}

function mergeAdjacent(sorted: readonly ByteRange[]): readonly ByteRange[] {
  const merged: ByteRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last?.end === range.start) merged[merged.length - 1] = { ...last, end: range.end };
    else merged.push(range);
  }
  return merged;
}
