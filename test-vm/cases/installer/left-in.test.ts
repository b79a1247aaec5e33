import { join } from 'node:path';
import { Scratch } from '../../../builder/report/scratch.ts';
import { Box } from '../box.ts';
import { soakTest as test } from '../soak.ts';
import { machineSpec } from '../workbench.ts';
import { SeedServer } from './seed-server.ts';
import { emptyDisk, inDrive, openWorkshop } from './workshop.ts';

test('with a seed of a server onto a SATA disk; the ISO that was left in the drive installs nothing again', async (t) => {
  t.timeout(60 * 60_000);
  await using scratch = await Scratch.create('left-in');
  const workshop = await openWorkshop(scratch);
  const disk = await emptyDisk(workshop, 'sata', { bus: 'sata' });
  await using server = await SeedServer.listen(workshop);
  const spec = {
    ...machineSpec(workshop.bench, disk.path),
    disk,
    extraDisks: [inDrive(workshop)],
    bootsAnything: true,
    kernelArguments: server.kernelArguments,
  };
  const firmwareVars = join(scratch.path, 'firmware-vars.fd');
  await using box = await Box.switchOn(t, workshop.bench, spec, { firmwareVars });
  await box.untilConsoleShows(/answers with 503 .* asked again/, 900);
  await box.machine.untilBoot(1, 600);
  t.is(await box.say('systemctl list-units --failed --plain --no-legend'), '');
  server.give('p1', '{ disk: only }');
  await box.untilConsoleShows(/installed: Kiln 0\.1\.0 is on sda/, 900);
  await box.untilRestarted(2);
  t.is((await box.untilReady('single')).name, 'p1');
  const seed = await box.say('stat -Lc %a /var/lib/kiln/seed /var/lib/kiln/seed/metadata.json');
  t.deepEqual(seed.split('\n'), ['700', '600']);

  // Somebody has the firmware start the drive once more.
  const drive = `efibootmgr | sed -n 's/^Boot\\([0-9A-F]*\\)\\* .*CD-ROM.*/\\1/p'`;
  await box.say(`efibootmgr --quiet --bootnext "$(${drive})"`);
  await box.machine.tell('systemctl --no-block reboot');
  await box.untilConsoleShows(/already installed on sda as p1-1/, 900);
  await box.untilRestarted(4);
  t.is((await box.untilReady('single')).name, 'p1');
  t.is(await box.say('efibootmgr | grep -c "\\* Kiln"'), '1');
  await box.switchOff();
});
