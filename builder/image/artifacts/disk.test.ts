import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../report/scratch.ts';
import { sha256 } from '../../report/sha256.ts';
import { bmapText } from './bmap.ts';
import { type DiskPlan, hashDisk, writeDisk } from './disk.ts';

const MEBIBYTE = 1024 * 1024;

/** Bytes without a pattern that would hide a shifted or repeated piece. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = 1; at < length; at++) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

/** A part from memory, one from the middle of a file that is longer than a chunk, one at the very end. */
async function setup(directory: string): Promise<{ plan: DiskPlan; expected: Buffer }> {
  const file = join(directory, 'source');
  const source = noise(9 * MEBIBYTE + 1234);
  await writeFile(file, source);
  const sizeBytes = 16 * MEBIBYTE;
  const [start, tail] = [noise(1000), noise(512)];
  const fromFile = { fileOffset: 17, sizeBytes: 9 * MEBIBYTE + 5 };
  const plan: DiskPlan = {
    sizeBytes,
    parts: [
      { offsetBytes: 0, bytes: start },
      { offsetBytes: MEBIBYTE, file, ...fromFile },
      { offsetBytes: sizeBytes - tail.length, bytes: tail },
    ],
  };
  const expected = Buffer.alloc(sizeBytes);
  start.copy(expected, 0);
  source.copy(expected, MEBIBYTE, 17, 17 + fromFile.sizeBytes);
  tail.copy(expected, sizeBytes - tail.length);
  return { plan, expected };
}

test('a disk has each part in its place and zeros elsewhere', async (t) => {
  await using scratch = await Scratch.create('disk');
  const { plan, expected } = await setup(scratch.path);
  const path = join(scratch.path, 'disk.raw');
  const ranges = await writeDisk(plan, path);
  t.true((await readFile(path)).equals(expected));
  t.is(await hashDisk(plan), sha256(expected));
  t.deepEqual(
    ranges.map(({ start, end }) => [start, end]),
    [
      [0, 4096],
      [MEBIBYTE, 10 * MEBIBYTE + 4096],
      [16 * MEBIBYTE - 4096, 16 * MEBIBYTE],
    ],
  );
  for (const range of ranges) {
    t.is(range.sha256, sha256(expected.subarray(range.start, range.end)));
  }
});

test('what no part covers takes no room on the disk', async (t) => {
  await using scratch = await Scratch.create('disk');
  const path = join(scratch.path, 'disk.raw');
  await writeDisk(
    { sizeBytes: 64 * MEBIBYTE, parts: [{ offsetBytes: 4096, bytes: noise(10) }] },
    path,
  );
  const { size, blocks } = await stat(path);
  t.is(size, 64 * MEBIBYTE);
  t.true(blocks * 512 < MEBIBYTE);
});

test('parts that touch the same block share a range', async (t) => {
  await using scratch = await Scratch.create('disk');
  const plan = {
    sizeBytes: MEBIBYTE,
    parts: [
      { offsetBytes: 0, bytes: noise(512) },
      { offsetBytes: 1024, bytes: noise(512) },
      { offsetBytes: 4096, bytes: noise(4096) },
    ],
  };
  const path = join(scratch.path, 'disk.raw');
  const ranges = await writeDisk(plan, path);
  const written = await readFile(path);
  t.deepEqual(ranges, [{ start: 0, end: 8192, sha256: sha256(written.subarray(0, 8192)) }]);
});

test('overlapping parts are refused', async (t) => {
  const bytes = noise(4096);
  const parts = [
    { offsetBytes: 0, bytes },
    { offsetBytes: 100, bytes },
  ];
  await t.throwsAsync(hashDisk({ sizeBytes: MEBIBYTE, parts }), { message: /overlap at byte 100/ });
});

test('a source that is shorter than promised is an error', async (t) => {
  await using scratch = await Scratch.create('disk');
  const file = join(scratch.path, 'short');
  await writeFile(file, noise(100));
  const plan = {
    sizeBytes: MEBIBYTE,
    parts: [{ offsetBytes: 0, file, fileOffset: 0, sizeBytes: 200 }],
  };
  await t.throwsAsync(hashDisk(plan), { message: /short ends before byte 200/ });
});

test('a bmap file names the blocks, their digests, and its own', (t) => {
  const text = bmapText(16 * MEBIBYTE, [
    { start: 0, end: 4096, sha256: 'a'.repeat(64) },
    { start: 8192, end: 20_480, sha256: 'b'.repeat(64) },
  ]);
  t.snapshot(text);
  const own = /<BmapFileChecksum> ([0-9a-f]{64})/.exec(text)?.[1] ?? '';
  t.is(sha256(text.replace(own, '0'.repeat(64))), own);
});
