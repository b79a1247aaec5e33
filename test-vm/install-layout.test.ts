import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { verityUuids } from '../builder/image/artifacts/guid.ts';
import { PROJECT_DIRECTORY } from '../builder/image/definition/project.ts';
import { sha256 } from '../builder/report/sha256.ts';
import { emptyDirectory } from '../builder/testing/store-fixture.ts';
import { testToolbox } from '../builder/testing/toolbox.ts';
import { run } from '../builder/tools/run.ts';

// The installer's decisions, carried out by the real systemd-repart on image files: nothing but the size of a
// sector tells the two kinds of disks apart.

const MEBIBYTE = 1024 * 1024;
const SLOTS = { 'root-slot': '48M', 'verity-slot': '8M' };
/** Two slots, the ESP, the least /var, and the table. */
const NEEDED = (512 + 2 * (48 + 8) + 512 + 2) * MEBIBYTE;
const TOOLBOX = testToolbox();

interface Plan {
  readonly has: string;
  readonly step: string;
  readonly needed: number;
  readonly call: readonly string[];
}

interface Row {
  readonly name: string;
  readonly start: number;
  readonly size: number;
  readonly uuid: string;
  readonly attrs?: string;
}

/** One machine: a disk, the image's definitions, and images to install. */
async function machine(t: ExecutionContext, sector: number, sizeBytes: number) {
  const toolbox = await TOOLBOX;
  const directory = await emptyDirectory(t);
  const disk = join(directory, 'disk.raw');
  await writeFile(disk, '');
  await truncate(disk, sizeBytes);
  const definitions = await emptyDirectory(t);
  await writeDefinitions(definitions);

  async function prepare(version: string, variable = 'keep') {
    const image = {
      root: join(directory, `root ${version}`),
      tree: join(directory, `tree ${version}`),
      hash: sha256(version),
    };
    await writeFile(image.root, randomBytes(5 * MEBIBYTE));
    await writeFile(image.tree, randomBytes(64 * 1024));
    const wanted = { ...image, disk, sector, definitions, version, var: variable };
    const { stdout } = await run(
      [...toolbox.command('python3.13'), join(PROJECT_DIRECTORY, 'test-vm/box/prepare_disk.py')],
      {
        env: {
          ...toolbox.env,
          LC_ALL: 'C.UTF-8',
          PYTHONPATH: join(PROJECT_DIRECTORY, 'overlays/base/usr/lib/python3/dist-packages'),
        },
        input: Buffer.from(JSON.stringify({ ...wanted, 'drop-ins': join(directory, version) })),
      },
    );
    const plan: Plan = JSON.parse(stdout);
    return { image, plan };
  }

  async function divide({ call: [, ...options] }: Plan): Promise<void> {
    await run([...toolbox.command('systemd-repart'), `--sector-size=${sector}`, ...options], {
      env: { ...toolbox.env, TMPDIR: directory },
    });
  }

  async function rows(): Promise<readonly Row[]> {
    const { stdout } = await run(
      [...toolbox.command('sfdisk'), `--sector-size=${sector}`, '--json', disk],
      { env: toolbox.env },
    );
    const table: { partitiontable: { partitions: readonly Row[] } } = JSON.parse(stdout);
    return table.partitiontable.partitions;
  }

  async function read({ start }: Row, length: number): Promise<Buffer> {
    await using file = await open(disk, 'r');
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, start * sector);
    return buffer;
  }

  return { disk, prepare, divide, rows, read };
}

/** The image's own, but for the file system of /var: the tools have no mkfs.ext4. */
async function writeDefinitions(directory: string): Promise<void> {
  const source = join(PROJECT_DIRECTORY, 'overlays/base/usr/lib/repart.d');
  for (const name of await readdir(source)) {
    const text = await readFile(join(source, name), 'utf8');
    const rendered = Object.entries(SLOTS).reduce(
      (before, [slot, size]) => before.replaceAll(`{{${slot}}}`, size),
      text.replace(/^Format=.*\n/m, ''),
    );
    await writeFile(join(directory, basename(name, '.mustache')), rendered);
  }
}

function shape(rows: readonly Row[], sector: number) {
  return rows.map(({ name, size, attrs }) => [name, Math.floor((size * sector) / MEBIBYTE), attrs]);
}

for (const sector of [512, 4096]) {
  test(`a disk with sectors of ${sector} bytes is divided as a release is, and again with /var where it was`, async (t) => {
    t.timeout(300_000);
    const { disk, prepare, divide, rows, read } = await machine(t, sector, 2048 * MEBIBYTE);

    const first = await prepare('1.0');
    t.like(first.plan, { has: 'nothing', step: 'new', needed: NEEDED });
    await divide(first.plan);
    const installed = await rows();
    t.deepEqual(shape(installed, sector).slice(0, 5), [
      ['esp', 512, undefined],
      ['verity_1.0', 8, 'GUID:60'],
      ['root_1.0', 48, 'GUID:60'],
      ['_empty', 8, 'GUID:60'],
      ['_empty', 48, 'GUID:59'],
    ]);
    const [, tree, root, , , variable] = installed;
    if (tree === undefined || root === undefined || variable === undefined) return t.fail();
    t.is(variable.name, 'var');
    const uuids = verityUuids(first.image.hash);
    t.is(root.uuid.toLowerCase(), uuids.root);
    t.is(tree.uuid.toLowerCase(), uuids.verity);
    const rootBytes = await readFile(first.image.root);
    t.true((await read(root, rootBytes.length)).equals(rootBytes));
    const treeBytes = await readFile(first.image.tree);
    t.true((await read(tree, treeBytes.length)).equals(treeBytes));

    // Somebody has put something into /var since.
    await using file = await open(disk, 'r+');
    await file.write(Buffer.from('kept'), 0, 4, variable.start * sector);
    const second = await prepare('2.0');
    t.like(second.plan, { has: 'Kiln 1.0', step: 'keep' });
    await divide(second.plan);
    const again = await rows();
    t.deepEqual(
      again.map(({ name }) => name),
      ['esp', 'verity_2.0', 'root_2.0', '_empty', '_empty', 'var'],
    );
    t.deepEqual(again[0], installed[0]);
    t.deepEqual(again[5], variable);
    t.is((await read(variable, 4)).toString(), 'kept');
    const newRoot = again[2];
    if (newRoot === undefined) return t.fail();
    t.true((await read(newRoot, 5 * MEBIBYTE)).equals(await readFile(second.image.root)));

    // And once more with nothing kept.
    const third = await prepare('3.0', 'wipe');
    t.like(third.plan, { has: 'Kiln 2.0', step: 'anew' });
    await divide(third.plan);
    t.deepEqual(
      (await rows()).map(({ name }) => name),
      ['esp', 'verity_3.0', 'root_3.0', '_empty', '_empty', 'var'],
    );
  });
}

test('the smallest disk that is taken has room, and one that is smaller has none', async (t) => {
  t.timeout(300_000);
  const fits = await machine(t, 512, NEEDED);
  await fits.divide((await fits.prepare('1.0')).plan);
  t.is((await fits.rows()).length, 6);
  const less = await machine(t, 512, NEEDED - MEBIBYTE);
  const { plan } = await less.prepare('1.0');
  await t.throwsAsync(less.divide(plan), { message: /fit|space/ });
});

test('a disk that was divided since it was looked at is not divided again', async (t) => {
  t.timeout(300_000);
  const { prepare, divide, rows } = await machine(t, 512, 2048 * MEBIBYTE);
  const { plan } = await prepare('1.0');
  await divide(plan);
  const before = await rows();
  await t.throwsAsync(divide(plan));
  t.deepEqual(await rows(), before);
});
