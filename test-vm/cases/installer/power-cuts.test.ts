import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import type { ExtraDisk, MachineSpec } from '../../spec.ts';
import { Box } from '../box.ts';
import { soakTest as test } from '../soak.ts';
import { machineSpec } from '../workbench.ts';
import { SeedServer } from './seed-server.ts';
import { emptyDisk, inDrive, openWorkshop, type Workshop } from './workshop.ts';

const SECONDS = 900;
const BEGUN = /installing Kiln 0\.1\.0 onto nvme0n1/;
const DIVIDED = /writing the boot loader and the kernel/;

/** A machine with one disk, from which the power can be taken. */
function machineOf(t: ExecutionContext, workshop: Workshop, disk: ExtraDisk, server: SeedServer) {
  const { bench, scratch } = workshop;
  const firmwareVars = join(scratch.path, 'firmware-vars.fd');
  const plain: MachineSpec = { ...machineSpec(bench, disk.path), disk, bootsAnything: true };

  async function withMedium(): Promise<Box> {
    const medium = { ...inDrive(workshop), isChosen: true };
    const spec = { ...plain, extraDisks: [medium], kernelArguments: server.kernelArguments };
    return await Box.switchOn(t, bench, spec, { firmwareVars });
  }

  return {
    /** Installs until something is told, and a moment more. */
    async installUntil(text: RegExp, ms: number): Promise<void> {
      await using box = await withMedium();
      await box.untilConsoleShows(text, SECONDS);
      await sleep(ms);
    },

    /** Installs to the end. */
    async install(done: RegExp): Promise<void> {
      await using box = await withMedium();
      await box.untilConsoleShows(done, SECONDS);
      await box.machine.untilOff(120);
    },

    /** The box as it starts from its disk. */
    async start(): Promise<Box> {
      return await Box.switchOn(t, bench, plain, { firmwareVars });
    },
  };
}

test('power goes while a 4Kn disk is installed, and while it is installed anew: the next start completes it', async (t) => {
  t.timeout(90 * 60_000);
  await using scratch = await Scratch.create('power-cuts');
  const workshop = await openWorkshop(scratch);
  const disk = await emptyDisk(workshop, 'nvme', { bus: 'nvme', sectorBytes: 4096 });
  await using server = await SeedServer.listen(workshop);
  const machine = machineOf(t, workshop, disk, server);

  server.give('a', '{ disk: only, then: poweroff }');
  await machine.installUntil(BEGUN, 300);
  await machine.installUntil(DIVIDED, 200);
  await machine.install(/installed: Kiln 0\.1\.0 is on nvme0n1/);
  let id: string;
  {
    await using box = await machine.start();
    t.is((await box.untilReady('single')).name, 'a');
    id = await box.say('cat /var/lib/kiln/machine-id');
    await box.switchOff();
  }

  server.give('b', '{ disk: only, then: poweroff }');
  await machine.installUntil(BEGUN, 400);
  await machine.installUntil(DIVIDED, 300);
  await machine.install(/installed: .*, \/var was kept/);
  await using box = await machine.start();
  t.is((await box.untilReady('single')).name, 'b');
  t.is(await box.say('cat /var/lib/kiln/machine-id'), id);
  await box.switchOff();
});
