import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { seedStick } from '../../seed/media.ts';
import type { SeedFiles } from '../../seed/node.ts';
import { Box } from '../box.ts';
import { SOAK } from '../soak.ts';
import { freshDisk, machineSpec, workbench } from '../workbench.ts';
import { GOOD, LATE_MISTAKES, MISTAKES, MORE_MISTAKES } from './mistakes.ts';

const FOLDER = 'broken-seeds';
/** How long a box may take to see a stick and to read it, emulated, on a machine that does other things as well. */
const SEEN_SECONDS = 300;

test('a box tells each mistake in a seed, starts no k0s on a guess, and keeps a good seed', async (t) => {
  t.timeout(30 * 60_000);
  const bench = await workbench('x86_64');
  await using scratch = await Scratch.create('broken');
  const disk = await freshDisk(bench, scratch);
  const makeStick = async (name: string, files: SeedFiles): Promise<string> => {
    const image = join(scratch.path, `${name.replaceAll(' ', '-')}.img`);
    return (await seedStick(bench.toolbox, { image, label: 'CIDATA', files })).path;
  };
  await using box = await Box.switchOn(t, bench, { ...machineSpec(bench, disk), usbPorts: true });
  await box.until('no configuration', ({ state }) => state === 'unconfigured');

  for (const { what, files, says } of SOAK ? [...MISTAKES, ...MORE_MISTAKES] : MISTAKES) {
    await box.giveStick(await makeStick(what, files));
    await box.untilProblem(says, SEEN_SECONDS);
    await box.untilConsoleShows(says);
    await box.check([`${FOLDER}/no-k0s.sh`]);
  }
  t.is(await box.machine.boots(), 1, 'a broken seed restarts nothing');

  const late = SOAK ? LATE_MISTAKES : LATE_MISTAKES.slice(0, 1);
  for (const { what, files, says } of late) {
    await box.giveStick(await makeStick(what, files));
    await box.untilProblem(says);
    await box.untilConsoleShows(says);
    await box.check([`${FOLDER}/no-k0s.sh`]);
  }
  await box.giveStick(await makeStick('good', GOOD));
  await box.untilReady('single');
  t.is(await box.machine.boots(), late.length + 2, 'each good seed restarts the box once');

  // Now there is something to lose.
  const [first] = MISTAKES;
  if (first === undefined) throw new Error('there are mistakes');
  await box.giveStick(await makeStick('again', first.files));
  await box.untilProblem(first.says);
  await box.restart();
  const status = await box.until('the problem, and k0s', ({ state, problems }) => {
    const isTold = problems.some(({ key, message }) => first.says.test(`${key}: ${message}`));
    return state === 'degraded' && isTold;
  });
  t.is(status.role, 'single');
  t.is(status.instanceId, 'good');
  await box.check([`${FOLDER}/still-single.sh`]);
});
