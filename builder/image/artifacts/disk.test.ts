import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../report/scratch.ts';
import { sha256, sha256OfFile } from '../../report/sha256.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { run } from '../../tools/run.ts';
import { bmapText } from './bmap.ts';
import { mapDisk, writeDisk } from './disk.ts';
import { type DiskPlan, readPlan } from './disk-plan.ts';
import { compressDisk } from './disk-zst.ts';
import { emptyLastBlock, frameHeader, storedBlocks } from './zstd-frame.ts';

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
  const written = await writeDisk(plan, path);
  t.true((await readFile(path)).equals(expected));
  t.is(written.sha256, sha256(expected));
  t.deepEqual(await mapDisk(plan), written.mapped);
  t.deepEqual(
    written.mapped.map(({ start, end }) => [start, end]),
    [
      [0, 4096],
      [MEBIBYTE, 10 * MEBIBYTE + 4096],
      [16 * MEBIBYTE - 4096, 16 * MEBIBYTE],
    ],
  );
  for (const range of written.mapped) {
    t.is(range.sha256, sha256(expected.subarray(range.start, range.end)));
  }
});

test('a digest that is known already is taken for a range only if the range is that part alone', async (t) => {
  await using scratch = await Scratch.create('disk');
  const file = join(scratch.path, 'source');
  await writeFile(file, noise(4096));
  const part = { file, fileOffset: 0, sizeBytes: 4096, sha256: 'known' };
  const digests = async (parts: DiskPlan['parts']) =>
    (await mapDisk({ sizeBytes: MEBIBYTE, parts })).map((range) => range.sha256 === 'known');
  t.deepEqual(await digests([{ ...part, offsetBytes: 8192 }]), [true]);
  t.deepEqual(await digests([{ ...part, offsetBytes: 8193 }]), [false]);
  const neighbour = { offsetBytes: 4096, bytes: noise(1) };
  t.deepEqual(await digests([neighbour, { ...part, offsetBytes: 8192 }]), [false]);
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
  const { mapped } = await writeDisk(plan, path);
  const written = await readFile(path);
  t.deepEqual(mapped, [{ start: 0, end: 8192, sha256: sha256(written.subarray(0, 8192)) }]);
});

async function drain(plan: DiskPlan): Promise<void> {
  for await (const _ of readPlan(plan));
}

test('overlapping parts are refused', async (t) => {
  const bytes = noise(4096);
  const parts = [
    { offsetBytes: 0, bytes },
    { offsetBytes: 100, bytes },
  ];
  await t.throwsAsync(drain({ sizeBytes: MEBIBYTE, parts }), { message: /overlap at byte 100/ });
});

test('a source that is shorter than promised is an error', async (t) => {
  await using scratch = await Scratch.create('disk');
  const file = join(scratch.path, 'short');
  await writeFile(file, noise(100));
  const plan = {
    sizeBytes: MEBIBYTE,
    parts: [{ offsetBytes: 0, file, fileOffset: 0, sizeBytes: 200 }],
  };
  await t.throwsAsync(drain(plan), { message: /short ends before byte 200/ });
});

test('a stored frame unpacks to the same bytes, and takes no room for zeros', async (t) => {
  await using scratch = await Scratch.create('disk');
  const { plan, expected } = await setup(scratch.path);
  const pieces = [frameHeader(plan.sizeBytes)];
  for await (const { bytes } of readPlan(plan)) pieces.push(...storedBlocks(Buffer.from(bytes)));
  const frame = Buffer.concat([...pieces, emptyLastBlock()]);
  t.true(frame.length < 9.1 * MEBIBYTE);
  t.true(unpack(frame).equals(expected));
});

test('a compressed disk unpacks to the disk, wherever it is split', async (t) => {
  t.timeout(600_000);
  const tools = await testToolbox();
  await using scratch = await Scratch.create('disk');
  const { plan, expected } = await setup(scratch.path);
  for (const boundary of [4096, MEBIBYTE, 10 * MEBIBYTE + 5]) {
    const output = join(scratch.path, `${boundary}.zst`);
    const written = await compressDisk(plan, boundary, output, tools);
    t.is(written.sha256, await sha256OfFile(output));
    t.is(written.sizeBytes, (await stat(output)).size);
    const unpacked = `${output}.raw`;
    await run([...tools.command('zstd'), '-q', '-d', output, '-o', unpacked], { env: tools.env });
    t.is(await sha256OfFile(unpacked), sha256(expected));
  }
});

/** Reads a Zstandard frame of raw and repeat blocks (RFC 8878, section 3.1.1). */
function unpack(frame: Buffer): Buffer {
  const content = Buffer.alloc(Number(frame.readBigUInt64LE(6)));
  let done = 0;
  for (let at = 14; ; ) {
    const header = frame.readUIntLE(at, 3);
    const size = header >> 3;
    const isRepeat = ((header >> 1) & 3) === 1;
    if (isRepeat) content.fill(frame[at + 3]!, done, done + size);
    else frame.copy(content, done, at + 3, at + 3 + size);
    done += size;
    at += 3 + (isRepeat ? 1 : size);
    if (header & 1) return at === frame.length ? content : Buffer.alloc(0);
  }
}

test('an interrupted write ends at once', async (t) => {
  await using scratch = await Scratch.create('disk');
  const { plan } = await setup(scratch.path);
  const raw = join(scratch.path, 'disk.raw');
  const reason = new Error('interrupted');
  await t.throwsAsync(writeDisk(plan, raw, AbortSignal.abort(reason)), { is: reason });
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
