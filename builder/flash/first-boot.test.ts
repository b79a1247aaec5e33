import { open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { seedIso } from '../../test-vm/seed/media.ts';
import { PROJECT_DIRECTORY } from '../image/definition/project.ts';
import { flash } from '../testing/flash-fixture.ts';
import { writeSmallRelease } from '../testing/release-fixture.ts';
import { emptyDirectory } from '../testing/store-fixture.ts';
import { testToolbox } from '../testing/toolbox.ts';
import { run } from '../tools/run.ts';
import { openDisk } from './disk/open-disk.ts';
import { findImage } from './image/release-image.ts';
import { readSeed } from './seed.ts';

const MEBIBYTE = 1024 * 1024;
const SLOTS = { 'root-slot': '2G', 'verity-slot': '32M' };

/** What the box's systemd-repart makes of a disk, or would make: labels and sizes in the order of the disk's table. */
async function afterFirstBoot(
  t: ExecutionContext,
  disk: string,
  { slots = SLOTS, dryRun = true } = {},
): Promise<readonly (readonly [string, number])[]> {
  const toolbox = await testToolbox();
  const definitions = await emptyDirectory(t);
  const source = join(PROJECT_DIRECTORY, 'overlays/base/usr/lib/repart.d');
  for (const name of await readdir(source)) {
    const text = await readFile(join(source, name), 'utf8');
    const rendered = Object.entries(slots).reduce(
      (before, [slot, size]) => before.replaceAll(`{{${slot}}}`, size),
      text,
    );
    // Nothing is formatted: that is another program, and the box's.
    const written = dryRun ? rendered : rendered.replace(/^Format=.*$/m, '');
    await writeFile(join(definitions, basename(name, '.mustache')), written);
  }
  const options = [
    `--definitions=${definitions}`,
    '--empty=allow',
    `--dry-run=${dryRun ? 'yes' : 'no'}`,
    '--json=short',
  ];
  const { stdout } = await run([...toolbox.command('systemd-repart'), ...options, disk], {
    env: toolbox.env,
  });
  const rows: readonly { label: string; partno: number; raw_size: number; type: string }[] =
    JSON.parse(stdout);
  return rows
    .toSorted((a, b) => a.partno - b.partno)
    .map(({ label, raw_size, type }) => [label || type, raw_size / MEBIBYTE]);
}

test('a disk of exactly the size that a release asks for is divided at the first boot, beside a seed', async (t) => {
  t.timeout(300_000);
  const toolbox = await testToolbox();
  const directory = await emptyDirectory(t);
  const release = join(directory, 'small');
  await writeSmallRelease(release, toolbox, { rootBytes: 3 * MEBIBYTE, values: SLOTS });
  const image = await findImage(release);
  const iso = join(directory, 'w1.iso');
  await seedIso(toolbox, {
    image: iso,
    label: 'cidata',
    files: { 'meta-data': 'instance-id: w1\n' },
  });
  const seed = await readSeed(iso);

  for (const more of [0, 3000 * MEBIBYTE + 512]) {
    const path = join(directory, `disk ${more}`);
    const sizeBytes = image.neededBytes + seed.bytes.length + more;
    await writeFile(path, '');
    await truncate(path, sizeBytes);
    await using disk = await openDisk({ path, kind: 'file', sizeBytes });
    await flash(image, disk, { added: seed });
    const after = await afterFirstBoot(t, path);
    t.deepEqual(after.slice(0, 6), [
      ['esp', 512],
      ['verity_1.2.3', 32],
      ['root_1.2.3', 2048],
      ['cidata', 1],
      ['_empty', 32],
      ['_empty', 2048],
    ]);
    const [label, size = 0] = after[6] ?? [];
    t.is(label, 'var');
    t.true(size >= 512 + Math.floor(more / MEBIBYTE) && size < 520 + more / MEBIBYTE, `${size}`);
  }

  // One MiB less, and there is no room for /var.
  const path = join(directory, 'too small');
  const sizeBytes = image.neededBytes - MEBIBYTE;
  await writeFile(path, '');
  await truncate(path, sizeBytes);
  await using disk = await openDisk({ path, kind: 'file', sizeBytes });
  await flash(image, disk);
  await t.throwsAsync(afterFirstBoot(t, path), { message: /fit|space/ });
});

test('a hybrid MBR is the same after a disk was flashed and divided', async (t) => {
  t.timeout(300_000);
  const toolbox = await testToolbox();
  const directory = await emptyDirectory(t);
  const release = join(directory, 'small');
  const slots = { 'root-slot': '64M', 'verity-slot': '32M' };
  const raw = await writeSmallRelease(release, toolbox, {
    ...{ rootBytes: 3 * MEBIBYTE, values: slots, mbr: 'hybrid' },
  });
  const path = join(directory, 'card');
  const sizeBytes = 2048 * MEBIBYTE;
  await writeFile(path, '');
  await truncate(path, sizeBytes);
  {
    await using disk = await openDisk({ path, kind: 'file', sizeBytes });
    await flash(await findImage(release), disk);
  }
  const mbrOf = async (file: string): Promise<Buffer> => {
    await using handle = await open(file);
    return (await handle.read(Buffer.alloc(512), 0, 512, 0)).buffer;
  };
  const mbr = await mbrOf(raw);
  t.deepEqual([mbr[450], mbr[466]], [0x0c, 0xee]);
  t.deepEqual(await mbrOf(path), mbr, 'flashed');

  t.is((await afterFirstBoot(t, path, { slots, dryRun: false })).length, 6);
  t.deepEqual(await mbrOf(path), mbr, 'divided');
  const sfdisk = [...toolbox.command('sfdisk')];
  const { stdout } = await run([...sfdisk, '--json', path], { env: toolbox.env });
  const { partitions } = JSON.parse(stdout).partitiontable;
  t.deepEqual([partitions[0].start, partitions[0].size], [2048, (512 * MEBIBYTE) / 512]);
  t.is(partitions.length, 6);
});
