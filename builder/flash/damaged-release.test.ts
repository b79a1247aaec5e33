import { copyFile, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { KilnError } from '../report/errors.ts';
import { Scratch } from '../report/scratch.ts';
import { bytesOf, flash, OLD_START, usedDisk } from '../testing/flash-fixture.ts';
import { copyRaw, mappedOf, writeSmallRelease } from '../testing/release-fixture.ts';
import { emptyDirectory } from '../testing/store-fixture.ts';
import { testToolbox } from '../testing/toolbox.ts';
import { titleInNote } from './disk/note.ts';
import { findImage } from './image/release-image.ts';

const MEBIBYTE = 1024 * 1024;
const fixture = makeFixture();
test.after.always(async () => (await fixture).scratch[Symbol.asyncDispose]());

async function makeFixture() {
  const scratch = await Scratch.create('flash');
  const release = join(scratch.path, 'small');
  const raw = await writeSmallRelease(release, await testToolbox(), { rootBytes: 5 * MEBIBYTE });
  const [rootStart = 0] = (await mappedOf(raw)).at(-2) ?? [];
  return { scratch, release, raw, rootStart, image: await findImage(release) };
}

/** The files of a release by what their names end in. */
type PathOf = (name: 'manifest.json' | '.raw' | '.raw.zst' | '.raw.bmap') => string;

/** A copy of the release in which something is changed. */
async function changed(
  t: ExecutionContext,
  change: (path: PathOf) => Promise<void>,
): Promise<string> {
  const { release, raw } = await fixture;
  const directory = await emptyDirectory(t);
  const stem = basename(raw, '.raw');
  const path: PathOf = (name) =>
    join(directory, name === 'manifest.json' ? name : `${stem}${name}`);
  await copyFile(join(release, 'manifest.json'), path('manifest.json'));
  await copyFile(`${raw}.bmap`, path('.raw.bmap'));
  await copyFile(`${raw}.zst`, path('.raw.zst'));
  await copyRaw(raw, path('.raw'));
  await change(path);
  return directory;
}

async function flipBit(path: string, offset: number): Promise<void> {
  await using file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset);
  byte.writeUInt8(byte.readUInt8() ^ 4);
  await file.write(byte, 0, 1, offset);
}

function said(error: Error | undefined): string {
  const text = (error?.message ?? '').replaceAll(/\/\S*\/kiln-test-\w+/g, 'RELEASE');
  return text.replaceAll(/[0-9a-f]{64}/g, '<sha256>').replaceAll(/x86_64|arm64/g, 'ARCH');
}

const leaves = test.macro(
  async (
    t,
    file: '.raw' | '.raw.zst',
    damage: (path: string) => Promise<void>,
    left: 'a note' | 'the disk as it was',
  ) => {
    t.timeout(120_000);
    const { image } = await fixture;
    const other = file === '.raw' ? '.raw.zst' : '.raw';
    const directory = await changed(t, async (path) => {
      await rm(path(other));
      await damage(path(file));
    });
    const disk = await usedDisk(t, image.imageBytes + 20 * MEBIBYTE);
    const damaged = await findImage(directory);
    const error = await t.throwsAsync(flash(damaged, disk), { instanceOf: KilnError });
    t.is(error?.code, 'verification', error?.stack ?? '');
    t.snapshot(said(error));
    const sector = await bytesOf(disk.name, 0, 512);
    if (left === 'a note') t.is(titleInNote(sector), image.title);
    else t.deepEqual(sector, OLD_START.subarray(0, 512));
  },
);

const flipInRoot = async (path: string) => flipBit(path, (await fixture).rootStart + 1000);
const flip = (offset: number) => (path: string) => flipBit(path, offset);

test('a damaged root leaves a note', leaves, '.raw', flipInRoot, 'a note');
test('a damaged table is noticed before', leaves, '.raw', flip(1100), 'the disk as it was');
test('so it is when compressed', leaves, '.raw.zst', flip(100), 'the disk as it was');
test('damaged stored bytes leave a note', leaves, '.raw.zst', flip(2_000_000), 'a note');
test('a damaged block header is noticed before', leaves, '.raw.zst', flip(1), 'the disk as it was');

test('the image may be there in one form only', async (t) => {
  t.timeout(120_000);
  for (const name of ['.raw', '.raw.zst'] as const) {
    const { path } = await findImage(await changed(t, (path) => rm(path(name))));
    t.true(path.endsWith(name === '.raw' ? '.zst' : '.raw'));
  }
});

const refused = test.macro(async (t, change: (path: PathOf) => Promise<void>) => {
  t.timeout(120_000);
  const error = await t.throwsAsync(findImage(await changed(t, change)), { instanceOf: KilnError });
  t.snapshot({ says: said(error), hint: error?.hint });
});

test('a damaged map is told', refused, (path) => flipBit(path('.raw.bmap'), 700));
test('a missing map is told', refused, (path) => rm(path('.raw.bmap')));
test('an image that was cut off is told', refused, (path) => truncate(path('.raw'), 1000));
test('a missing image is told', refused, async (path) => {
  await rm(path('.raw.zst'));
  await rm(path('.raw'));
});
test('a manifest that was cut off is told', refused, (path) =>
  writeFile(path('manifest.json'), '{"format": 1'),
);
test('a release without a map is told', refused, async (path) => {
  const text = await readFile(path('manifest.json'), 'utf8');
  await writeFile(path('manifest.json'), text.replace('.raw.bmap"', '.raw.map"'));
});
