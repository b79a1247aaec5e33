import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../report/scratch.ts';
import { mappedOf, noise, writeSmallRelease } from '../../testing/release-fixture.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { zstdCompress } from '../../tools/zstd.ts';
import { openRaw, SourceError } from './source.ts';
import { readFrames } from './zstd-layout.ts';
import { openZstd } from './zstd-source.ts';

const MEBIBYTE = 1024 * 1024;
const scratch = await Scratch.create('source');
const toolbox = await testToolbox();
const raw = await writeSmallRelease(join(scratch.path, 'small'), toolbox, { rootBytes: 3_000_320 });
test.after.always(() => scratch[Symbol.asyncDispose]());

test('an image and its compressed form have the same bytes', async (t) => {
  t.timeout(120_000);
  const [image, compressed] = [await openRaw(raw), await openZstd(`${raw}.zst`)];
  t.teardown(() => image[Symbol.asyncDispose]());
  t.teardown(() => compressed[Symbol.asyncDispose]());
  let bytesCompared = 0;
  for (const [start, end] of await mappedOf(raw)) {
    for (let offset = start; offset < end; ) {
      // Neither blocks of the map nor those of Zstandard.
      const size = Math.min(end - offset, 700_001);
      const [one, other] = [Buffer.alloc(size, 1), Buffer.alloc(size, 2)];
      await image.read(one, offset);
      await compressed.read(other, offset);
      t.true(one.equals(other), `${size} bytes from ${offset} on`);
      bytesCompared += size;
      offset += size;
    }
  }
  t.true(bytesCompared > 6 * MEBIBYTE);
});

test('the compressed form is not decoded where nothing is compressed', async (t) => {
  const bytes = await readFile(`${raw}.zst`);
  const frames = readFrames(bytes.length, (offset, size) => bytes.subarray(offset, offset + size));
  t.deepEqual(
    frames.map(({ stored }) => stored !== undefined),
    [false, true],
  );
  t.is(frames[1]?.fileEnd, bytes.length);
});

test('any other Zstandard file will do: many frames, with checksums, of long repetitions', async (t) => {
  t.timeout(120_000);
  const directory = await emptyDirectory(t);
  const parts = [noise(300_000, 'one'), Buffer.alloc(3 * MEBIBYTE, 'x'), noise(1, 'two')];
  const whole = Buffer.concat([...parts, ...parts]);
  const pieces: Buffer[] = [];
  for (const [i, part] of [Buffer.concat(parts), Buffer.concat(parts)].entries()) {
    const [input, output] = [join(directory, `${i}`), join(directory, `${i}.zst`)];
    await writeFile(input, part);
    await zstdCompress(toolbox, { input, output, level: 19, windowLog: 22 });
    pieces.push(await readFile(output));
  }
  const path = join(directory, 'all.zst');
  await writeFile(path, Buffer.concat(pieces));
  const source = await openZstd(path);
  t.teardown(() => source[Symbol.asyncDispose]());
  const read = Buffer.alloc(whole.length - 5);
  await source.read(read, 5);
  t.true(read.equals(whole.subarray(5)));
  await t.throwsAsync(source.read(Buffer.alloc(1), whole.length), { instanceOf: SourceError });
});

test('a file that ends early, wherever, is told', async (t) => {
  t.timeout(120_000);
  const directory = await emptyDirectory(t);
  const bytes = await readFile(`${raw}.zst`);
  for (const share of [0, 0.000001, 0.01, 0.25, 0.5, 0.9, 0.999999]) {
    const path = join(directory, 'cut.zst');
    await writeFile(path, bytes);
    await truncate(path, Math.floor(bytes.length * share));
    await t.throwsAsync(openZstd(path), { instanceOf: SourceError }, `${share}`);
  }
});

test('damaged bytes are told, or are other bytes: they hold up nothing', async (t) => {
  t.timeout(300_000);
  const directory = await emptyDirectory(t);
  const small = join(directory, 'small');
  const words = noise(3000, 'a').toString('base64');
  await writeFile(small, Buffer.alloc(80_000, `${words.slice(0, 900)} ${words}`));
  await zstdCompress(toolbox, { input: small, output: `${small}.zst`, level: 3 });
  const good = await readFile(`${small}.zst`);
  const path = join(directory, 'bad.zst');
  let told = 0;
  for (let i = 0; i < 400; i += 1) {
    const bad = Buffer.from(good);
    const at = noise(4, `${i}`).readUInt32LE() % bad.length;
    bad.writeUInt8(bad.readUInt8(at) ^ (1 << (i % 8)), at);
    await writeFile(path, bad);
    try {
      await using source = await openZstd(path);
      await source.read(Buffer.alloc(80_000), 0);
    } catch (error) {
      t.true(error instanceof SourceError, String(error));
      told += 1;
    }
  }
  t.true(told > 0);
  await writeFile(path, 'no Zstandard at all');
  await t.throwsAsync(openZstd(path), { instanceOf: SourceError, message: /not Zstandard/ });
});
