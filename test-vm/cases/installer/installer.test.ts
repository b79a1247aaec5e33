import { open } from 'node:fs/promises';
import test from 'ava';
import { Scratch } from '../../../builder/report/scratch.ts';
import { sha256OfFile } from '../../../builder/report/sha256.ts';
import { soakTest } from '../soak.ts';
import {
  damagedMedium,
  emptyDisk,
  inDrive,
  installSeed,
  installStick,
  openWorkshop,
  switchOn,
} from './workshop.ts';

const FOLDER = 'installer';
/** Emulated, the verified root is read at some MB a second. */
const INSTALL_SECONDS = 600;

test('from the ISO in a CD drive onto an empty NVMe disk, which then starts alone and becomes what its seed says', async (t) => {
  t.timeout(30 * 60_000);
  await using scratch = await Scratch.create('installer');
  const workshop = await openWorkshop(scratch);
  const disk = await emptyDisk(workshop, 'nvme', { bus: 'nvme' });
  const seed = await installSeed(workshop, 'n1', '{ disk: only, then: poweroff }');
  {
    await using installer = await switchOn(t, workshop, disk, [inDrive(workshop), seed]);
    await installer.untilConsoleShows(/installed: Kiln 0\.1\.0 is on nvme0n1/, INSTALL_SECONDS);
    await installer.machine.untilOff(120);
  }
  await using box = await switchOn(t, workshop, disk, []);
  const status = await box.untilReady('single');
  t.is(status.name, 'n1');
  await box.check([`${FOLDER}/installed.sh`], { DISK: 'nvme0n1', SECTOR_BYTES: '512' });
  await box.switchOff();
});

soakTest(
  'a damaged medium is told; it waits between two disks, refuses one with data, takes the 4Kn one; from a stick that has its seed too, a second time, keeps what is there',
  async (t) => {
    t.timeout(60 * 60_000);
    await using scratch = await Scratch.create('installer');
    const workshop = await openWorkshop(scratch);
    const disk = await emptyDisk(workshop, 'nvme', { bus: 'nvme', sectorBytes: 4096 });
    const other = await emptyDisk(workshop, 'data', { bus: 'virtio' });
    await using file = await open(other.path, 'r+');
    // A physical volume of LVM.
    await file.write(Buffer.from('LABELONE'), 0, 8, 512);
    await file.write(Buffer.from('LVM2 001'), 0, 8, 512 + 24);
    const [empty, data] = [await sha256OfFile(disk.path), await sha256OfFile(other.path)];
    const damaged = await damagedMedium(workshop);
    const seed = (name: string, install: string) => installSeed(workshop, name, install);

    {
      await using installer = await switchOn(t, workshop, disk, [damaged, other]);
      await installer.untilConsoleShows(/the medium KILN_\w{8} in sr0 is damaged/, 600);
      await installer.machine.plugIn('installer', workshop.iso);
      await installer.untilConsoleShows(/found the medium KILN_\w{8} in sd/, 60);
      await installer.untilConsoleShows(/waiting for a seed with an `install` key/, 600);
      await installer.giveStick((await seed('a1', '{ disk: only }')).path);
      await installer.untilConsoleShows(/only is said of 2 disks \(.*\); say more/, 120);
      await installer.untilConsoleShows(/nvme0n1 +8\.6 GB +nvme /);
      await installer.untilConsoleShows(/vda +8\.6 GB +virtio /);
      await installer.giveStick((await seed('a2', '{ disk: { bus: virtio } }')).path);
      await installer.untilConsoleShows(/vda is not taken/, 120);
      t.is(await sha256OfFile(disk.path), empty);
      t.is(await sha256OfFile(other.path), data);

      await installer.giveStick((await seed('n2', '{ disk: { bus: nvme }, then: poweroff }')).path);
      await installer.untilConsoleShows(/installed: Kiln 0\.1\.0 is on nvme0n1/, INSTALL_SECONDS);
      await installer.machine.untilOff(120);
    }
    t.is(await sha256OfFile(other.path), data);
    let id: string;
    {
      await using box = await switchOn(t, workshop, disk, []);
      t.is((await box.untilReady('single')).name, 'n2');
      await box.check([`${FOLDER}/installed.sh`], { DISK: 'nvme0n1', SECTOR_BYTES: '4096' });
      id = await box.say('cat /var/lib/kiln/machine-id');
      await box.switchOff();
    }
    {
      // The installed system is first in the firmware's order: its owner chooses the stick in the firmware's menu.
      const again = '{ disk: { bus: nvme }, var: keep, then: poweroff }';
      const chosen = { ...(await installStick(workshop, 'n3', again)), isChosen: true };
      await using installer = await switchOn(t, workshop, disk, [chosen]);
      await installer.untilConsoleShows(
        /installed: .* is on nvme0n1 .*, \/var was kept/,
        INSTALL_SECONDS,
      );
      await installer.machine.untilOff(120);
    }
    await using box = await switchOn(t, workshop, disk, []);
    t.is((await box.untilReady('single')).name, 'n3');
    t.is(await box.say('cat /var/lib/kiln/machine-id'), id);
    await box.switchOff();
  },
);
