import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Scratch } from '../../../builder/report/scratch.ts';
import { run } from '../../../builder/tools/run.ts';
import type { MachineSpec } from '../../spec.ts';
import { Box } from '../box.ts';
import { soakTest as test } from '../soak.ts';
import { bootsFromNet, MAC, netbootBench, nodeSeed } from './blank-machine.ts';
import { startBootServer } from './boot-server.ts';

/** Emulated, a start over the network takes minutes. */
const START_SECONDS = 900;
const DISK_BYTES = 2 * 1024 ** 3;

const ERASE = 'dd if=/dev/zero of=/dev/nvme0n1 bs=64K count=1 conv=fsync';
/** The kernel numbers disks as it finds them; their serial numbers are QEMU's names. */
const ERASE_SECOND =
  'for disk in /sys/class/block/nvme?n1; do grep extra0 $disk/device/serial && wipefs --all /dev/$(basename $disk); done';
const DISK_OF_VAR = 'cat /sys/class/block/$(basename $(findmnt -no SOURCE /var))/../device/serial';
/** Who the box is: another one after a start that remembers nothing. */
const WHO =
  'cat /etc/machine-id /var/lib/kiln/ssh/*.pub; stat -c "%n %W" /var/lib/kiln/provision/identity.json /var/lib/k0s/pki/ca.crt';

test('a box without a system on its disk keeps /var there: not on data of others; it restarts once for it, and is the same box at its next starts', async (t) => {
  t.timeout(60 * 60_000);
  await using scratch = await Scratch.create('var-on-disk');
  const made = await netbootBench(scratch);
  const node = await nodeSeed('n5', 'var: { disk: only }');
  await using server = await startBootServer({ ...made, directory: scratch.path }, node);
  const path = join(scratch.path, 'data.img');
  await writeFile(path, 'somebody has data');
  await truncate(path, DISK_BYTES);
  const plain = await bootsFromNet(made, scratch, server.tftp, 'ipxe-x86_64.efi');
  const spec: MachineSpec = { ...plain, disk: { path, format: 'raw', bus: 'nvme' } };
  let who = '';
  {
    await using box = await Box.switchOn(t, made, spec);
    await box.until('disk refused', ({ state }) => state === 'broken', START_SECONDS);
    await box.check(['network-boot/var-refused.sh']);
    await box.untilConsoleShows(/k0s does not start/);
    await box.machine.tell(ERASE);
    await box.untilRestarted(2);
    await box.untilReady('single');
    await box.check(['network-boot/var-on-disk.sh'], {
      NAME: 'n5',
      DISK: 'nvme0n1',
      PARTITION: 'nvme0n1p1',
    });
    who = await box.say(WHO);
    t.is(await box.machine.boots(), 2);
    await box.switchOff();
  }
  // The same disk on other controllers: other drivers have to lead the initrd to it.
  for (const bus of ['sata', 'usb'] as const) {
    await using box = await Box.switchOn(t, made, { ...spec, disk: { ...spec.disk, bus } });
    await box.untilReady('single');
    await box.check(['network-boot/var-on-disk.sh'], {
      NAME: 'n5',
      DISK: 'sda',
      PARTITION: 'sda1',
    });
    t.is(await box.say(WHO), who);
    t.is(await box.machine.boots(), 1);
    await box.switchOff();
  }
  t.deepEqual(
    server.clients.all.map(({ id }) => id),
    [MAC],
  );
});

test('of two disks that are called alike a box takes none for /var; of the one that is left it makes a cut-off partition again', async (t) => {
  t.timeout(60 * 60_000);
  await using scratch = await Scratch.create('var-twins');
  const made = await netbootBench(scratch);
  const node = await nodeSeed('n6', 'var: { disk: { serial: boot } }');
  await using server = await startBootServer({ ...made, directory: scratch.path }, node);
  const plain = await bootsFromNet(made, scratch, server.tftp, 'ipxe-x86_64.efi');
  const disk = async (name: string) => {
    const path = join(scratch.path, name);
    await writeFile(path, '');
    await truncate(path, DISK_BYTES);
    const input = Buffer.from('label: gpt\nname=kiln-var\n');
    const sfdisk = [...made.toolbox.command('sfdisk'), '--quiet', path];
    await run(sfdisk, { env: made.toolbox.env, input });
    return { path, format: 'raw', bus: 'nvme' } as const;
  };
  const [first, second] = [await disk('first.img'), await disk('second.img')];
  const extraDisks = [{ ...second, readOnly: false }];
  await using box = await Box.switchOn(t, made, { ...plain, disk: first, extraDisks });
  await box.until('two disks refused', ({ state }) => state === 'broken', START_SECONDS);
  await box.check(['network-boot/var-twins.sh']);
  await box.machine.tell(ERASE_SECOND);
  await box.untilRestarted(2);
  await box.untilReady('single');
  t.regex(await box.say(DISK_OF_VAR), /^boot\b/);
});
