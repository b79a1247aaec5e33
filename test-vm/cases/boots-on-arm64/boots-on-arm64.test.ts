import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { factsOf } from '../../check.ts';
import { bootAndCheck, freshDisk, machineSpec, workbench } from '../workbench.ts';

test('the arm64 image boots from its firmware to ready, verified and without a failed unit', async (t) => {
  t.timeout(20 * 60_000);
  const bench = await workbench('arm64');
  await using scratch = await Scratch.create('arm64');
  const disk = await freshDisk(bench, scratch);

  const facts = factsOf(
    await bootAndCheck(t, bench, machineSpec(bench, disk), '../report/report.sh'),
  );
  t.is(facts.get('verity'), 'verified');
  t.is(facts.get('failed units'), 'none');
  t.regex(facts.get('kernel') ?? '', /aarch64$/);
});
