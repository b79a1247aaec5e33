import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PROJECT_DIRECTORY } from '../../../builder/image/definition/project.ts';
import { Scratch } from '../../../builder/report/scratch.ts';
import { run } from '../../../builder/tools/run.ts';
import { Box } from '../box.ts';
import { machineSpec, workbench } from '../workbench.ts';

const MEBIBYTE = 1024 * 1024;
const DISK_BYTES = 9000 * MEBIBYTE + 512;

const SITE = `site: plant7
image: { arch: x86_64 }
nodes:
  - { name: box7, role: single }
`;

test('a disk that was flashed for a node of a site boots, and is that node', async (t) => {
  t.timeout(20 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('flashed');
  const [file, disk] = [join(scratch.path, 'plant7.yaml'), join(scratch.path, 'disk.img')];
  await writeFile(file, SITE);
  const kiln = (...argv: readonly string[]) =>
    run([process.execPath, join(PROJECT_DIRECTORY, 'dist', 'builder', 'cli.js'), ...argv], {
      env: { PATH: process.env.PATH ?? '' },
    });
  await kiln('site', file, '--out', scratch.path);
  await writeFile(disk, '');
  await truncate(disk, DISK_BYTES);
  const release = join(bench.disk.path, '..');
  const { stdout } = await kiln('flash', release, disk, '--site', file, '--node', 'box7');
  t.log(stdout.trim());

  // As it is, without a copy-on-write file over it: its first boot changes this very disk.
  const plain = machineSpec(bench, disk);
  const spec = { ...plain, disk: { ...plain.disk, format: 'raw' as const } };
  await using box = await Box.switchOn(t, bench, spec);
  const status = await box.untilReady('single');
  t.is(status.name, 'box7');
  t.regex(status.instanceId ?? '', /^plant7-box7-/);
  // Not everywhere can a time server be reached.
  t.deepEqual(
    status.problems.filter(({ key }) => key !== 'clock'),
    [],
  );
  await box.check(['flashed-disk-boots/flashed.sh']);
  await box.switchOff();
});
