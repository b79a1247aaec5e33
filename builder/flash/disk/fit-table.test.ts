import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { makePartitionTable } from '../../image/artifacts/gpt.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { run } from '../../tools/run.ts';
import { fitTable } from './fit-table.ts';

const MEBIBYTE = 1024 * 1024;
const DISK = '6335cde7-347e-87ff-9ff2-84b4632cc6e8';
const LINUX = '0fc63daf-8483-4772-8e79-3d69d8477de4';
const ADDED = {
  label: 'cidata',
  type: LINUX,
  uuid: '11111111-2222-8333-8444-555555555555',
  sizeBytes: 3 * MEBIBYTE,
};

const PARTITIONS = [
  { label: 'esp', type: LINUX, uuid: DISK, sizeBytes: 8 * MEBIBYTE, attributes: [] },
  { label: 'root', type: LINUX, uuid: LINUX, sizeBytes: 1_234_432, attributes: [60] },
];
const IMAGE = makePartitionTable(DISK, PARTITIONS);
const HYBRID = makePartitionTable(DISK, PARTITIONS, 'hybrid');

test('the table of a disk as large as the image is the image’s own', (t) => {
  const { primary, backup, addedAt } = fitTable(IMAGE.primary, IMAGE.diskBytes, undefined);
  t.true(primary.equals(IMAGE.primary));
  t.true(backup.equals(IMAGE.backup));
  t.is(addedAt, undefined);
});

test('sfdisk finds no fault with the table of a larger disk, nor with one more partition', async (t) => {
  const toolbox = await testToolbox();
  const path = join(await emptyDirectory(t), 'disk');
  for (const [diskBytes, added] of [
    [64 * MEBIBYTE, undefined],
    [64 * MEBIBYTE + 512, undefined],
    [31_914_983_424, ADDED],
    [64 * MEBIBYTE + 7 * 512, ADDED],
  ] as const) {
    const { primary, backup, addedAt } = fitTable(IMAGE.primary, diskBytes, added);
    await writeFile(path, primary);
    await using file = await open(path, 'r+');
    await file.write(backup, 0, backup.length, diskBytes - backup.length);
    const sfdisk = [...toolbox.command('sfdisk')];
    const { stdout } = await run([...sfdisk, '--verify', path], { env: toolbox.env });
    t.regex(stdout, /No errors detected/);
    const { stdout: json } = await run([...sfdisk, '--json', path], { env: toolbox.env });
    const { partitiontable } = JSON.parse(json);
    t.is(partitiontable.lastlba, diskBytes / 512 - 34);
    t.is(partitiontable.id, DISK.toUpperCase());
    const partition = partitiontable.partitions[2];
    if (added === undefined) {
      t.is(partition, undefined);
    } else {
      const { start, size, name, type, uuid } = partition;
      t.is(addedAt, start * 512);
      t.is((addedAt ?? 1) % MEBIBYTE, 0);
      t.deepEqual(
        { sizeBytes: size * 512, label: name, type: type.toLowerCase(), uuid: uuid.toLowerCase() },
        ADDED,
      );
    }
  }
});

test('a hybrid MBR is the same on a disk of any size, and sfdisk reads it as a GPT and as an MBR', async (t) => {
  const toolbox = await testToolbox();
  const path = join(await emptyDirectory(t), 'disk');
  const diskBytes = 31_914_983_424;
  const { primary, backup } = fitTable(HYBRID.primary, diskBytes, ADDED);
  t.deepEqual(primary.subarray(0, 512), HYBRID.primary.subarray(0, 512));
  await writeFile(path, primary);
  await using file = await open(path, 'r+');
  await file.write(backup, 0, backup.length, diskBytes - backup.length);
  const sfdisk = async (...args: readonly string[]): Promise<string> =>
    (await run([...toolbox.command('sfdisk'), ...args, path], { env: toolbox.env })).stdout;
  t.regex(await sfdisk('--verify'), /No errors detected/);
  const read = async (...options: readonly string[]) => {
    const { partitiontable } = JSON.parse(await sfdisk(...options, '--json'));
    return partitiontable.partitions.map(({ start, size, type }: Record<string, unknown>) => [
      ...[start, size, type],
    ]);
  };
  t.deepEqual(await read('--label-nested', 'dos'), [
    [2048, (8 * MEBIBYTE) / 512, 'c'],
    [1, 2047, 'ee'],
  ]);
  t.is((await read()).length, 3);
});

test('no room is an error', (t) => {
  t.throws(() => fitTable(IMAGE.primary, 8 * MEBIBYTE, undefined), { message: /too small/ });
  t.throws(() => fitTable(IMAGE.primary, IMAGE.diskBytes + MEBIBYTE, ADDED), {
    message: /no room for the partition cidata/,
  });
});

test('what is no table, or a damaged one, is an error', (t) => {
  t.throws(() => fitTable(Buffer.alloc(20_480), 64 * MEBIBYTE, undefined), { message: /no GPT/ });
  const damaged = Buffer.from(IMAGE.primary);
  damaged.writeUInt8(1, 1100);
  t.throws(() => fitTable(damaged, 64 * MEBIBYTE, undefined), { message: /damaged/ });
});
