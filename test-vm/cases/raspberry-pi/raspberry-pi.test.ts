import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../../../builder/image/definition/project.ts';
import { Scratch } from '../../../builder/report/scratch.ts';
import { run } from '../../../builder/tools/run.ts';
import { Esp } from '../../esp.ts';
import { Lan } from '../../lan.ts';
import { Machine } from '../../machine.ts';
import { type Cluster, makeClusterSecrets } from '../../seed/cluster.ts';
import { seedIso } from '../../seed/media.ts';
import { firstController, type Node, seedFiles, worker } from '../../seed/node.ts';
import type { BoardSpec, LanNic } from '../../spec.ts';
import { plugInNic } from '../../usb-nic.ts';
import { Box, unwrapped } from '../box.ts';
import { soakTest } from '../soak.ts';
import { freshDisk, machineSpec, workbench } from '../workbench.ts';

const CONTROLLER = '10.8.0.11';
const PI = '10.8.0.31';
const MACS = { [CONTROLLER]: '52:54:00:08:00:11', [PI]: '52:54:00:08:00:31' };
/** The board that QEMU's raspi3b is. */
const TREE = 'bcm2837-rpi-3-b-plus.dtb';
/** QEMU takes a card only if its size is a power of two. */
const CARD_BYTES = 2 * 1024 ** 3;
const BOOT_SECONDS = 1200;

/**
 * The image as it is built for boards, but for what QEMU makes hard: its watchdog resets the machine when it is started,
 * not when it runs out; four emulated processors on a few real ones are slower than one; and its card takes minutes to
 * forget what partitions for larger slots would lie on.
 */
const IMAGE = `include: [${join(PROJECT_DIRECTORY, 'images/rpi.yaml')}]
name: pi-in-qemu
kernel: { cmdline: [-systemd.watchdog_sec=15, systemd.watchdog_sec=off, maxcpus=1] }
values: { root-slot: 128M }
`;

function addressOf(address: keyof typeof MACS) {
  const match = { macaddress: MACS[address] };
  return { lan: { match, 'set-name': 'lan', addresses: [`${address}/24`] } };
}

soakTest('a Raspberry Pi 3 becomes a worker from a card that was flashed for it', async (t) => {
  t.timeout(60 * 60_000);
  await using scratch = await Scratch.create('pi');
  const image = join(scratch.path, 'pi.yaml');
  await writeFile(image, IMAGE);
  const bench = await workbench('arm64', { image, out: scratch.path });
  const { toolbox } = bench;
  const cluster: Cluster = { secrets: await makeClusterSecrets(), controllers: [CONTROLLER] };
  const seedOf = async (node: Node) => {
    const iso = join(scratch.path, `${node.hostname}.iso`);
    return seedIso(toolbox, { image: iso, label: 'cidata', files: seedFiles(node) });
  };
  await using lan = await Lan.open();

  const controllers = await workbench('x86_64');
  const nic: LanNic = {
    ...{ kind: 'lan', model: 'virtio', mac: MACS[CONTROLLER], socket: lan.socket },
  };
  const first = await seedOf({
    ...{ instanceId: 'c-1', hostname: 'c1', k0s: firstController(cluster) },
    network: { version: 2, ethernets: addressOf(CONTROLLER) },
  });
  const disk = await freshDisk(controllers, scratch);
  await using controller = await Box.switchOn(t, controllers, {
    ...{ ...machineSpec(controllers, disk), nics: [nic], extraDisks: [first] },
  });
  await controller.untilReady('controller');

  const seed = await seedOf({
    ...{ instanceId: 'pi-1', hostname: 'pi1', k0s: worker(cluster) },
    network: { version: 2, ethernets: addressOf(PI) },
    // No time server is in this network, and the board has no clock: it would find the controller's certificate too new.
    userData: { bootcmd: [`date --set=@${Math.ceil(Date.now() / 1000)}`] },
  });
  const card = join(scratch.path, 'card.img');
  await writeFile(card, '');
  await truncate(card, CARD_BYTES);
  const cli = join(PROJECT_DIRECTORY, 'dist', 'builder', 'cli.js');
  const flash = [process.execPath, cli, 'flash', bench.release, card, '--seed', seed.path];
  await run(flash, { env: { PATH: process.env.PATH ?? '' } });

  // What the board's own firmware would read from the card.
  const esp = new Esp(card, toolbox);
  const [uBoot, deviceTree] = [join(scratch.path, 'u-boot.bin'), join(scratch.path, TREE)];
  await esp.get('u-boot.bin', uBoot);
  await esp.get(TREE, deviceTree);
  const usbNic = { kind: 'lan', mac: MACS[PI], socket: lan.socket } as const;
  const spec: BoardSpec = { model: 'raspi3b', uBoot, deviceTree, card, usbNic };

  {
    await using pi = await Machine.startBoard(spec, toolbox);
    const shows = async (text: RegExp): Promise<void> => {
      await pi.waitFor(`${text} on the console`, BOOT_SECONDS, async () =>
        text.test(unwrapped(await pi.console())) ? true : undefined,
      );
    };
    await shows(/Switch Root/);
    await plugInNic(pi, usbNic);
    await shows(/name pi1 address 10\.8\.0\.31\/24 role worker state ready/);
    t.log(unwrapped(await pi.console()).slice(-1000));
    // U-Boot has taken the environment of the card, whose delay no key ends.
    t.regex(await pi.console(), /Loading Environment from FAT\.\.\. OK/);
    t.notRegex(await pi.console(), /Hit any key/);
  }
  // It was counted, and found good: that is a file renamed by U-Boot, and by Linux again.
  t.deepEqual(await esp.list('EFI/Linux'), ['kiln_0.1.0.efi']);
});
