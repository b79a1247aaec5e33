import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { bootAndCheck, freshDisk, machineSpec, workbench } from '../workbench.ts';
import { cniCredentials } from './requirements.ts';

test('a box has all that CNIs expect, can do what they do, and leaves alone what they make', async (t) => {
  t.timeout(30 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('cni');
  const spec = machineSpec(bench, await freshDisk(bench, scratch));
  const script = 'every-cni-finds-its-kernel/check.sh';
  await bootAndCheck(t, bench, spec, script, await cniCredentials(bench.disk.arch));
});
