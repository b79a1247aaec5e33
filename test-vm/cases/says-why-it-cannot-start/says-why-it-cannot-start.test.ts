import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { Machine } from '../../machine.ts';
import { prepareDisk } from '../../release-disk.ts';
import { machineSpec, workbench } from '../workbench.ts';

test('a box on a disk that is too small says so on its console and starts again', async (t) => {
  t.timeout(10 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('small');
  const disk = join(scratch.path, 'disk.qcow2');
  // As large as the image: there is no room for the second slot and /var.
  await prepareDisk(bench.toolbox, bench.disk.path, disk, 1);

  await using machine = await Machine.start(machineSpec(bench, disk), bench.toolbox);
  await machine.consoleShows(/kiln: the box cannot start from this disk/, 300);
  t.regex(await machine.console(), /the disk vda has no partition labelled var/);
  await machine.consoleShows(/restarting in 60 seconds[\s\S]*BdsDxe: starting/, 180);
});
