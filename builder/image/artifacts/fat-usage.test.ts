import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../report/scratch.ts';
import { usedFatRanges } from './fat-usage.ts';

const SECTOR = 512;
const CLUSTER = 1024;
/** Two reserved sectors, two tables of one sector, then the clusters, which count from 2. */
const DATA = 4 * SECTOR;

/** A FAT32 file system that is just large enough to be read; `used` are the clusters in use. */
function fat(used: readonly number[]): Buffer {
  const bytes = Buffer.alloc(DATA + 10 * CLUSTER);
  bytes.writeUInt16LE(SECTOR, 11);
  bytes.writeUInt8(CLUSTER / SECTOR, 13);
  bytes.writeUInt16LE(2, 14);
  bytes.writeUInt8(2, 16);
  bytes.writeUInt32LE(1, 36);
  bytes.writeUInt16LE(0xaa55, 510);
  for (const cluster of [0, 1, ...used]) {
    bytes.writeUInt32LE(0x0fffffff, 2 * SECTOR + cluster * 4);
  }
  return bytes;
}

async function rangesOf(image: Buffer): Promise<readonly (readonly [number, number])[]> {
  await using scratch = await Scratch.create('fat');
  const path = join(scratch.path, 'esp');
  await writeFile(path, image);
  return (await usedFatRanges(path)).map(({ start, end }) => [start, end]);
}

test('tables count as used, and clusters that follow each other are one range', async (t) => {
  t.deepEqual(await rangesOf(fat([2, 3, 6])), [
    [0, DATA + 2 * CLUSTER],
    [DATA + 4 * CLUSTER, DATA + 5 * CLUSTER],
  ]);
});

test('the reserved bits of an entry do not make a cluster used', async (t) => {
  const image = fat([2]);
  image.writeUInt32LE(0xf0000000, 2 * SECTOR + 5 * 4);
  t.deepEqual(await rangesOf(image), [[0, DATA + CLUSTER]]);
});

test('a file that is no FAT32 file system is refused', async (t) => {
  await t.throwsAsync(rangesOf(Buffer.alloc(4096)), { message: /not a FAT32 file system/ });
});
