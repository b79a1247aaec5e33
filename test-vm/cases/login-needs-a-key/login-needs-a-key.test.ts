import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { seedIso } from '../../seed/media.ts';
import { seedFiles } from '../../seed/node.ts';
import { makeKey } from '../ssh-key.ts';
import { bootAndCheck, freshDisk, machineSpec, workbench } from '../workbench.ts';

test('who has the key of the seed can log in, and nobody else', async (t) => {
  t.timeout(20 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('login');
  const disk = await freshDisk(bench, scratch);
  const key = makeKey();
  const seed = await seedIso(bench.toolbox, {
    image: join(scratch.path, 'seed.iso'),
    label: 'cidata',
    files: seedFiles({
      instanceId: 'login-1',
      hostname: 'box-7',
      userData: { ssh_authorized_keys: [key.authorized] },
    }),
  });
  const spec = { ...machineSpec(bench, disk), extraDisks: [seed] };
  await bootAndCheck(t, bench, spec, 'login-needs-a-key/check.sh', [
    { name: 'kiln.key', text: key.secret },
  ]);
});
