import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { run } from '../../../builder/tools/run.ts';
import { factsOf } from '../../check.ts';
import { bootAndCheck, freshDisk, machineSpec, workbench } from '../workbench.ts';

test('a box boots, keeps what is its own, forgets what is not, and uses a larger disk whole', async (t) => {
  t.timeout(30 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('life');
  const disk = await freshDisk(bench, scratch);
  const spec = machineSpec(bench, disk);

  const first = factsOf(await bootAndCheck(t, bench, spec, 'life-of-a-box/first-boot.sh'));
  t.regex(first.get('machine-id') ?? '', /^[0-9a-f]{32}$/);

  const grow = ['resize', '-q', disk, '12G'];
  await run([...bench.toolbox.command('qemu-img'), ...grow], { env: bench.toolbox.env });
  const second = factsOf(await bootAndCheck(t, bench, spec, 'life-of-a-box/second-boot.sh'));
  for (const kept of ['machine-id', 'host-key']) t.is(second.get(kept), first.get(kept), kept);
  const grown = Number(second.get('var-mib')) - Number(first.get('var-mib'));
  t.true(grown > 3900, `/var grew by ${grown} MiB with a disk that grew by 4096 MiB`);
});
