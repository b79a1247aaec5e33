import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../../../builder/image/definition/project.ts';
import { bootsFrom } from '../../../builder/pxe/board-files.ts';
import { Scratch } from '../../../builder/report/scratch.ts';
import { testToolbox } from '../../../builder/testing/toolbox.ts';
import { run } from '../../../builder/tools/run.ts';
import { Machine } from '../../machine.ts';
import { openLab } from '../../network-lab.ts';
import { LAPTOP, ROUTER, runKiln, startPxe, startRouter } from '../../pxe-lab.ts';
import { unwrapped } from '../box.ts';
import { soakTest as test } from '../soak.ts';
import { machineSpec, workbench } from '../workbench.ts';

/** Of the same source as the Pi's, for a machine whose network card QEMU has. */
const U_BOOT = 'usr/lib/u-boot/qemu_arm64/u-boot.bin';
/** It begins as those of Raspberry Pis do. */
const MAC = 'dc:a6:32:1a:b0:31';
const ADDRESS = '10.9.0.31';

/** The image for Raspberry Pis; its kernel speaks on the line that QEMU's machine has, which has no such watchdog. */
const IMAGE = `include: [${join(PROJECT_DIRECTORY, 'images/rpi.yaml')}]
name: netpi
artifacts: [netboot]
kernel: { cmdline: [-systemd.watchdog_sec=15, console=ttyAMA0] }
`;

const READY_SECONDS = 1200;

/** What `kiln pxe` has to have shown of the machine: what runs before U-Boot is not there. */
const WAY = [
  'gets the boot script',
  'gets the kernel',
  'gets the root',
  'has the root, starts',
  'has its meta-data',
];

test('U-Boot, with what a Raspberry Pi’s is given, starts the image of `kiln pxe` beside another DHCP server', async (t) => {
  t.timeout(40 * 60_000);
  await using scratch = await Scratch.create('boot-pi');
  const image = join(scratch.path, 'pi.yaml');
  await writeFile(image, IMAGE);
  const bench = await workbench('arm64', { image, out: scratch.path });
  const { toolbox } = bench;
  await using lab = await openLab(t, toolbox);
  if (lab === undefined) return;
  const laptop = await lab.machine('laptop', 2);
  await laptop.giveAddress(`${LAPTOP}/24`);
  const router = await lab.machine('router', 1);
  await router.giveAddress(`${ROUTER}/24`);
  await using _dhcp = await startRouter(router, { toolbox, directory: scratch.path });
  const site = join(scratch.path, 'lab.yaml');
  const node = `{ name: p1, role: single, address: ${ADDRESS}/24, mac: "${MAC}" }`;
  await writeFile(site, `site: lab\nnetwork: { gateway: ${ROUTER} }\nnodes: [${node}]\n`);
  await runKiln(laptop, ['site', site, '--out', join(scratch.path, 'sites')]);
  await using pxe = await startPxe(laptop, [bench.release, '--site', site]);

  const program = (await testToolbox('ci/u-boot-tools.yaml')).file(U_BOOT);
  const uBoot = join(scratch.path, 'u-boot.bin');
  await writeFile(uBoot, bootsFrom(LAPTOP, await readFile(program)));
  const disk = join(scratch.path, 'blank.qcow2');
  const blank = ['create', '-q', '-f', 'qcow2', disk, '1G'];
  await run([...toolbox.command('qemu-img'), ...blank], { env: toolbox.env });
  const nic = { kind: 'tap', model: 'virtio', mac: MAC, interface: await lab.tap('tap0') } as const;
  const spec = { ...machineSpec(bench, disk), uBoot, watchdog: false, nics: [nic] };
  // U-Boot hands no credentials on: what is known of the machine is on its console and at the laptop.
  await using machine = await Machine.start(spec, toolbox, { wrapper: lab.atSwitch });
  const isReady = /name p1 address 10\.9\.0\.31\/24 role single state ready/;
  const ready = machine.waitFor(`${isReady} on the console`, READY_SECONDS, async () =>
    isReady.test(unwrapped(await machine.console())) ? true : undefined,
  );
  await ready.catch(async (error: unknown) => {
    t.log(pxe.said(), unwrapped(await machine.console()));
    throw error;
  });
  const lines = pxe
    .said()
    .split('\n')
    .filter((line) => line.startsWith(MAC));
  const seen = WAY.filter((stage) => lines.some((line) => line.endsWith(`: ${stage}`)));
  t.deepEqual(seen, WAY, pxe.said());
});
