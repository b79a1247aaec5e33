import { copyFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readManifest } from '../../../builder/image/release/manifest.ts';
import { Scratch } from '../../../builder/report/scratch.ts';
import { checkCredentials } from '../../check.ts';
import { Machine } from '../../machine.ts';
import { machineSpec, workbench } from '../workbench.ts';

test('a box whose root has one flipped byte panics and does not run from it', async (t) => {
  t.timeout(10 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('flipped');
  const disk = join(scratch.path, 'disk.raw');
  await copyFile(bench.disk.path, disk);
  const manifest = await readManifest(join(bench.disk.path, '..'));
  const root = manifest.disk.partitions.find(({ label }) => label.startsWith('root_'));
  t.truthy(root);
  await flip(disk, (root?.offsetBytes ?? 0) + 40);

  const spec = machineSpec(bench, disk);
  await using machine = await Machine.start(
    { ...spec, disk: { ...spec.disk, format: 'raw' } },
    bench.toolbox,
    { credentials: checkCredentials('exit 0\n') },
  );
  await machine.consoleShows(/dm-verity device corrupted/, 300);
  // It starts again by itself, so that boot counting can take another image.
  await machine.consoleShows(/dm-verity device corrupted[\s\S]*BdsDxe: starting/, 120);
  t.notRegex(await machine.console(), /no configuration found/);
});

async function flip(path: string, offset: number): Promise<void> {
  await using file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset);
  await file.write(Buffer.from([byte.readUInt8() ^ 1]), 0, 1, offset);
}
