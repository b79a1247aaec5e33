import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { KilnError } from '../report/errors.ts';
import { Scratch } from '../report/scratch.ts';
import { cuttable, PowerCut } from '../testing/failing-disk.ts';
import { bytesOf, flash, OLD_END, OLD_START, usedDisk } from '../testing/flash-fixture.ts';
import { mappedOf, noise, writeSmallRelease } from '../testing/release-fixture.ts';
import { emptyDirectory } from '../testing/store-fixture.ts';
import { testToolbox } from '../testing/toolbox.ts';
import { run } from '../tools/run.ts';
import type { Disk } from './disk/disk.ts';
import type { FilledPartition } from './disk/layout.ts';
import { titleInNote } from './disk/note.ts';
import { openDisk } from './disk/open-disk.ts';
import { findImage } from './image/release-image.ts';

const MEBIBYTE = 1024 * 1024;
const fixture = makeFixture();
test.after.always(async () => (await fixture).scratch[Symbol.asyncDispose]());

async function makeFixture() {
  const scratch = await Scratch.create('flash');
  const toolbox = await testToolbox();
  const release = join(scratch.path, 'small');
  const raw = await writeSmallRelease(release, toolbox, { rootBytes: 5 * MEBIBYTE });
  return { scratch, toolbox, raw, image: await findImage(release), mapped: await mappedOf(raw) };
}

const SEED: FilledPartition = {
  label: 'cidata',
  type: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  uuid: '11111111-2222-8333-8444-555555555555',
  bytes: noise(2 * MEBIBYTE, 'seed'),
};

/** Whether a disk has all of the image, a sound table, and nothing old at its ends. */
async function assertWhole(t: ExecutionContext, disk: Disk): Promise<void> {
  const { toolbox, raw, mapped } = await fixture;
  for (const [start, end] of mapped.slice(1, -1)) {
    const [one, other] = [
      await bytesOf(disk.name, start, end - start),
      await bytesOf(raw, start, end - start),
    ];
    t.true(one.equals(other), `bytes ${start} to ${end}`);
  }
  const sfdisk = [...toolbox.command('sfdisk'), '--verify', disk.name];
  const { stdout, stderr } = await run(sfdisk, { env: toolbox.env });
  t.regex(stdout, /No errors detected/);
  t.is(stderr, '');
  const between = await bytesOf(disk.name, 20_480, MEBIBYTE - 20_480);
  t.true(between.every((byte) => byte === 0));
}

test('a larger disk gets the image, its table at both ends, and loses what old systems left there', async (t) => {
  t.timeout(120_000);
  const { image } = await fixture;
  const disk = await usedDisk(t, image.imageBytes + 50 * MEBIBYTE + 512);
  const { writtenBytes } = await flash(image, disk);
  await assertWhole(t, disk);
  const end = await bytesOf(disk.name, disk.sizeBytes - MEBIBYTE, MEBIBYTE - 33 * 512);
  t.true(end.every((byte) => byte === 0));
  t.true(writtenBytes < 11 * MEBIBYTE, `${writtenBytes}`);
  // The rest of the disk is not touched.
  const middle = await bytesOf(disk.name, disk.sizeBytes - 3 * MEBIBYTE, MEBIBYTE);
  t.true(middle.equals(OLD_END.subarray(0, MEBIBYTE)));
});

test('a disk as large as the image is then the image, byte by byte', async (t) => {
  t.timeout(120_000);
  const { raw, image } = await fixture;
  const path = join(await emptyDirectory(t), 'disk');
  await writeFile(path, '');
  await truncate(path, image.imageBytes);
  const disk = await openDisk({ path, kind: 'file', sizeBytes: image.imageBytes });
  t.teardown(() => disk[Symbol.asyncDispose]());
  await flash(image, disk);
  t.true((await readFile(path)).equals(await readFile(raw)));
});

test('a seed lies in a partition of its own, and gives way to the next one', async (t) => {
  t.timeout(120_000);
  const { toolbox, image } = await fixture;
  const disk = await usedDisk(t, image.imageBytes + 50 * MEBIBYTE);
  await flash(image, disk, { added: SEED });
  await assertWhole(t, disk);
  const next = { ...SEED, bytes: noise(MEBIBYTE, 'next') };
  await flash(image, disk, { added: next });
  await assertWhole(t, disk);
  const { stdout } = await run([...toolbox.command('sfdisk'), '--json', disk.name], {
    env: toolbox.env,
  });
  const { partitions } = JSON.parse(stdout).partitiontable;
  t.deepEqual(
    partitions.map((each: { name: string }) => each.name),
    ['esp', 'verity_1.2.3', 'root_1.2.3', 'cidata'],
  );
  t.true((await bytesOf(disk.name, partitions[3].start * 512, MEBIBYTE)).equals(next.bytes));
});

/** Numbers from 0 to 1, the same for the same seed. */
function randomOf(seed: string): () => number {
  const bytes = noise(4096, seed);
  let next = 0;
  return () => bytes.readUInt32LE((next++ * 4) % 4096) / 2 ** 32;
}

test('power may go at any moment: the disk is as before, or says what it is, or is whole', async (t) => {
  t.timeout(600_000);
  const { image } = await fixture;
  const sizeBytes = image.imageBytes + 20 * MEBIBYTE;
  const found = { old: 0, note: 0, whole: 0 };
  const counted = cuttable(await usedDisk(t, sizeBytes), Number.POSITIVE_INFINITY, Math.random);
  await flash(image, counted, { added: SEED });
  t.true(counted.calls > 15, `${counted.calls}`);
  // The last ones decide: each of them goes wrong in several ways.
  const moments = Array.from({ length: counted.calls + 9 }, (_, i) =>
    Math.min(i, counted.calls - 4 + (i % 4)),
  );
  for (const [i, cutAt] of moments.entries()) {
    const disk = await usedDisk(t, sizeBytes);
    const cut = cuttable(disk, cutAt, randomOf(`power cut ${i}`));
    await t.throwsAsync(flash(image, cut, { added: SEED }), { instanceOf: PowerCut });
    const sector = await bytesOf(disk.name, 0, 512);
    if (titleInNote(sector) === image.title) found.note += 1;
    else if (sector.equals(OLD_START.subarray(0, 512))) {
      t.is(cut.kept, 0, `something was written before the note: cut at ${cutAt}`);
      found.old += 1;
    } else {
      await assertWhole(t, disk);
      found.whole += 1;
    }
    await flash(image, disk, { added: SEED });
    await assertWhole(t, disk);
  }
  t.log(found);
  t.true(found.old > 0 && found.note > found.old);
});

test('one who interrupts leaves a note, and nobody waits', async (t) => {
  t.timeout(120_000);
  const { image } = await fixture;
  const controller = new AbortController();
  const disk = await usedDisk(t, image.imageBytes);
  const reason = new KilnError('interrupted', 'interrupted');
  const begun = () => controller.abort(reason);
  await t.throwsAsync(flash(image, disk, { signal: controller.signal, begun }), { is: reason });
  t.deepEqual(await bytesOf(disk.name, 0, 512), OLD_START.subarray(0, 512));

  const later = new AbortController();
  const interrupting: Disk = {
    ...faulty(disk),
    write: async (bytes, offset) => {
      if (offset > MEBIBYTE) later.abort(reason);
      await disk.write(bytes, offset);
    },
  };
  await t.throwsAsync(flash(image, interrupting, { signal: later.signal }), { is: reason });
  t.is(titleInNote(await bytesOf(disk.name, 0, 512)), image.title);
});

/** A disk that does as another one, until a test changes something. */
function faulty(disk: Disk): Disk {
  return {
    name: disk.name,
    sizeBytes: disk.sizeBytes,
    read: (target, offset) => disk.read(target, offset),
    write: (bytes, offset) => disk.write(bytes, offset),
    sync: () => disk.sync(),
  };
}

test('a disk that forgets is found out by reading back, and keeps its note', async (t) => {
  t.timeout(120_000);
  const { image, mapped } = await fixture;
  const disk = await usedDisk(t, image.imageBytes + 20 * MEBIBYTE);
  const forgets = (where: number, when = () => true): Disk => ({
    ...faulty(disk),
    read: async (target, offset) => {
      await disk.read(target, offset);
      const at = where - offset;
      if (at >= 0 && at < target.length && when()) target.writeUInt8(target.readUInt8(at) ^ 1, at);
    },
  });
  const [rootStart = 0] = mapped.at(-2) ?? [];
  for (const where of [rootStart + 4_999_999, MEBIBYTE, 600, disk.sizeBytes - 512]) {
    const error = await t.throwsAsync(flash(image, forgets(where)), { instanceOf: KilnError });
    t.is(error?.code, 'verification');
    t.regex(error?.message ?? '', /has not kept what was written/);
    t.is(titleInNote(await bytesOf(disk.name, 0, 512)), image.title, `${where}`);
  }
  // Who does not read back does not notice.
  await flash(image, forgets(MEBIBYTE), { verify: false });
});
