import { copyFile, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { seedIso } from '../../test-vm/seed/media.ts';
import { KilnError } from '../report/errors.ts';
import { Scratch } from '../report/scratch.ts';
import { bytesOf, flash, usedDisk } from '../testing/flash-fixture.ts';
import { readIso } from '../testing/read-iso.ts';
import { writeSmallRelease } from '../testing/release-fixture.ts';
import { emptyDirectory } from '../testing/store-fixture.ts';
import { testToolbox } from '../testing/toolbox.ts';
import { run } from '../tools/run.ts';
import { titleInNote } from './disk/note.ts';
import { findInstaller } from './image/installer-image.ts';
import { readSeed } from './seed.ts';

const MEBIBYTE = 1024 * 1024;
const SYSTEM_AREA = 32 * 1024;
const fixture = makeFixture();
test.after.always(async () => (await fixture).scratch[Symbol.asyncDispose]());

async function makeFixture() {
  const scratch = await Scratch.create('installer');
  const release = join(scratch.path, 'small');
  const toolbox = await testToolbox();
  await writeSmallRelease(release, toolbox, { rootBytes: MEBIBYTE, hasInstaller: true });
  const image = await findInstaller(release);
  return { scratch, release, toolbox, image, iso: await readFile(image.path) };
}

test('a stick gets the ISO as it is, and a table that fits it', async (t) => {
  t.timeout(120_000);
  const { image, iso, toolbox } = await fixture;
  const disk = await usedDisk(t, 64 * MEBIBYTE);
  await flash(image, disk);
  const written = await bytesOf(disk.name, 0, iso.length);
  t.true(written.subarray(SYSTEM_AREA).equals(iso.subarray(SYSTEM_AREA)));
  t.deepEqual(readIso(written).boot, readIso(iso).boot);
  const sfdisk = [...toolbox.command('sfdisk'), '--verify', disk.name];
  t.regex((await run(sfdisk, { env: toolbox.env })).stdout, /No errors detected/);
});

test('the smallest stick that it asks for is large enough, also with a seed', async (t) => {
  t.timeout(120_000);
  const { image, iso, toolbox } = await fixture;
  const seedPath = join(await emptyDirectory(t), 'w1.iso');
  const files = { 'meta-data': 'instance-id: w1\n' };
  await seedIso(toolbox, { image: seedPath, label: 'cidata', files });
  const added = await readSeed(seedPath);
  const disk = await usedDisk(t, image.neededBytes + added.bytes.length);
  await flash(image, disk, { added });
  t.true(
    (await bytesOf(disk.name, SYSTEM_AREA, iso.length - SYSTEM_AREA)).equals(
      iso.subarray(SYSTEM_AREA),
    ),
  );
  const sfdisk = [...toolbox.command('sfdisk'), '--json', disk.name];
  const { partitiontable } = JSON.parse((await run(sfdisk, { env: toolbox.env })).stdout);
  const { start, name } = partitiontable.partitions.at(-1);
  t.is(name, 'cidata');
  t.true((await bytesOf(disk.name, start * 512, added.bytes.length)).equals(added.bytes));
});

test('an interrupted stick says so, and is no installer', async (t) => {
  t.timeout(120_000);
  const { image } = await fixture;
  const disk = await usedDisk(t, 64 * MEBIBYTE);
  const controller = new AbortController();
  const interrupted = flash(image, disk, {
    signal: controller.signal,
    begun: () => setImmediate(() => controller.abort(new Error('unplugged'))),
  });
  await t.throwsAsync(interrupted, { message: 'unplugged' });
  t.is(titleInNote(await bytesOf(disk.name, 0, 512)), image.title);
});

const refused = test.macro(async (t, change: (iso: string) => Promise<void>) => {
  t.timeout(120_000);
  const { release, image } = await fixture;
  const directory = await emptyDirectory(t);
  const iso = join(directory, image.path.slice(release.length));
  await copyFile(join(release, 'manifest.json'), join(directory, 'manifest.json'));
  await copyFile(image.path, iso);
  await change(iso);
  const error = await t.throwsAsync(findInstaller(directory), { instanceOf: KilnError });
  const text = `${error!.message}\n${error!.hint}`.replaceAll(directory, 'RELEASE');
  t.snapshot(text.replaceAll(/[0-9a-f]{64}/g, '<sha256>').replaceAll(/x86_64|arm64/g, 'ARCH'));
});

test('a damaged ISO is noticed before anything is written', refused, async (iso) => {
  await using file = await open(iso, 'r+');
  await file.write(Buffer.from('x'), 0, 1, 100_000);
});
test('an ISO that was cut off is told', refused, async (iso) => {
  await using file = await open(iso, 'r+');
  await file.truncate(100_000);
});
test('a missing ISO is told', refused, (iso) => rm(iso));

test('a release without an installer is told what to do', async (t) => {
  t.timeout(120_000);
  const { scratch, toolbox } = await fixture;
  const directory = join(scratch.path, 'plain');
  await writeSmallRelease(directory, toolbox, { rootBytes: MEBIBYTE });
  const error = await t.throwsAsync(findInstaller(directory), { instanceOf: KilnError });
  t.is(error!.code, 'usage');
  t.regex(error!.hint ?? '', /`artifacts` have `iso`/);
});
