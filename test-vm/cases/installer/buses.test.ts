import { Scratch } from '../../../builder/report/scratch.ts';
import type { Disk } from '../../spec.ts';
import { soakTest as test } from '../soak.ts';
import { emptyDisk, inDrive, installSeed, openWorkshop, switchOn } from './workshop.ts';

/**
 * What a disk hangs on while it is installed, how the seed says it, and what it is there. An SD card is as near as QEMU
 * comes to eMMC on this machine: the same controller, and the same driver of the kernel. The installed disk is then put
 * where QEMU's firmware can read it: it knows no SD cards, and of SAS controllers none that Linux still has a driver for.
 */
const CASES: readonly {
  readonly bus: Disk['bus'];
  readonly asked: string;
  readonly name: string;
}[] = [
  { bus: 'sd', asked: 'mmc', name: 'mmcblk0' },
  { bus: 'sas', asked: 'scsi', name: 'sda' },
  { bus: 'virtio', asked: 'virtio', name: 'vda' },
];

for (const { bus, asked, name } of CASES) {
  test(`onto a disk at ${bus}, which then starts alone`, async (t) => {
    t.timeout(30 * 60_000);
    await using scratch = await Scratch.create(`installer-${bus}`);
    const workshop = await openWorkshop(scratch);
    const disk = await emptyDisk(workshop, bus, { bus });
    const wish = `{ disk: { bus: ${asked} }, then: poweroff }`;
    const media = [inDrive(workshop), await installSeed(workshop, bus, wish)];
    {
      await using installer = await switchOn(t, workshop, disk, media);
      await installer.untilConsoleShows(new RegExp(`installed: .* is on ${name}`), 900);
      await installer.machine.untilOff(120);
    }
    await using box = await switchOn(t, workshop, { ...disk, bus: 'virtio' }, []);
    t.is((await box.untilReady('single')).name, bus);
    t.is(await box.say('systemctl list-units --failed --plain --no-legend'), '');
  });
}
