import { alignedMemory } from '../flash/disk/aligned-memory.ts';
import type { Disk } from '../flash/disk/disk.ts';
import type { OpenDisk } from '../flash/disk/open-disk.ts';

/** A disk with a cache that loses power at some moment. */
export interface CuttableDisk extends Disk {
  /** Calls of write and sync so far. */
  readonly calls: number;
  /** Writes that have reached the disk, in part or whole. */
  readonly kept: number;
}

const SECTOR_BYTES = 512;

/** Thrown by a disk without power. */
export class PowerCut extends Error {}

/**
 * Keeps writes in its cache until `sync`. At the call with the number `cutAt` power goes: of what is in the cache a
 * part gets to the disk, in any order and up to any sector, as `random` has it (numbers from 0 to 1).
 */
export function cuttable(disk: OpenDisk, cutAt: number, random: () => number): CuttableDisk {
  let cache: { readonly bytes: Buffer; readonly offset: number }[] = [];
  let [calls, kept] = [0, 0];
  const cut = async (): Promise<never> => {
    for (const { bytes, offset } of cache) {
      const share = random();
      const sectors = Math.floor((bytes.length / SECTOR_BYTES) * (share * 2 - 0.5));
      const size = Math.min(bytes.length, Math.max(0, sectors * SECTOR_BYTES));
      if (size > 0) {
        kept += 1;
        await disk.write(bytes.subarray(0, size), offset);
      }
    }
    cache = [];
    throw new PowerCut();
  };
  return {
    name: disk.name,
    sizeBytes: disk.sizeBytes,
    get calls() {
      return calls;
    },
    get kept() {
      return kept;
    },
    read: (target, offset) => disk.read(target, offset),
    write: async (bytes, offset) => {
      if (calls > cutAt) throw new PowerCut();
      const copy = alignedMemory(bytes.length);
      bytes.copy(copy);
      cache.push({ bytes: copy, offset });
      if (calls++ === cutAt) await cut();
    },
    sync: async () => {
      if (calls > cutAt) throw new PowerCut();
      if (calls++ === cutAt) await cut();
      for (const { bytes, offset } of cache) await disk.write(bytes, offset);
      kept += cache.length;
      cache = [];
    },
  };
}
