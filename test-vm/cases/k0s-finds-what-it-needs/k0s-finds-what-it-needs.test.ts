import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { archive } from '../../../builder/testing/k0s-fixture.ts';
import { bootAndCheck, freshDisk, machineSpec, workbench } from '../workbench.ts';

test('k0s finds on a box everything that it needs to run, and its container images', async (t) => {
  t.timeout(20 * 60_000);
  await using scratch = await Scratch.create('k0s-needs');
  const bundle = join(scratch.path, 'bundle.tar');
  await writeFile(bundle, archive('the images'));
  const bench = await workbench('x86_64', { out: scratch.path, options: ['--airgap', bundle] });
  const disk = await freshDisk(bench, scratch);
  const spec = machineSpec(bench, disk);
  await bootAndCheck(t, bench, spec, 'k0s-finds-what-it-needs/check.sh');
});
