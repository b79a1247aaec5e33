import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { seedIso } from '../../test-vm/seed/media.ts';
import { describeError } from '../report/errors.ts';
import { emptyDirectory } from '../testing/store-fixture.ts';
import { testToolbox } from '../testing/toolbox.ts';
import { readSeed } from './seed.ts';

test('a seed becomes a partition of whole MiB, the same for the same ISO', async (t) => {
  t.timeout(120_000);
  const toolbox = await testToolbox();
  const image = join(await emptyDirectory(t), 'w1.iso');
  for (const label of ['cidata', 'CIDATA', 'config-2'] as const) {
    await seedIso(toolbox, { image, label, files: { 'meta-data': 'instance-id: w1\n' } });
    const seed = await readSeed(image);
    t.is(seed.label, 'cidata');
    t.is(seed.bytes.length, 1024 * 1024);
    t.is(seed.bytes.toString('latin1', 32_769, 32_774), 'CD001');
    t.deepEqual(await readSeed(image), seed);
  }
});

test('what a box would not find as a seed is refused', async (t) => {
  t.timeout(120_000);
  const toolbox = await testToolbox();
  const directory = await emptyDirectory(t);
  const said = async (path: string): Promise<string> => {
    const error = await t.throwsAsync(readSeed(path));
    return describeError(error).replaceAll(directory, '.');
  };
  const image = join(directory, 'debian.iso');
  await seedIso(toolbox, { image, label: 'cidata', files: { 'meta-data': '' } });
  await using iso = await open(image, 'r+');
  await iso.write(Buffer.from('Debian 13'), 0, 9, 32_768 + 40);
  t.snapshot(await said(image), 'another ISO');
  await writeFile(join(directory, 'user-data'), '#cloud-config\n');
  t.snapshot(await said(join(directory, 'user-data')), 'no ISO');
  t.snapshot(await said(join(directory, 'w9.iso')), 'no file');
  t.snapshot(await said(directory), 'a directory');
  await truncate(join(directory, 'user-data'), 5_000_000_000);
  t.snapshot(await said(join(directory, 'user-data')), 'a file of 5 GB');
});
