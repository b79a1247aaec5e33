import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { bootsFrom } from '../../../builder/image/board/net-start.ts';
import { PROJECT_DIRECTORY } from '../../../builder/image/definition/project.ts';
import { openReleases } from '../../../builder/pxe/releases.ts';
import { Scratch } from '../../../builder/report/scratch.ts';
import { testToolbox } from '../../../builder/testing/toolbox.ts';
import { run } from '../../../builder/tools/run.ts';
import { Machine } from '../../machine.ts';
import { type LabMachine, type NetworkLab, openLab } from '../../network-lab.ts';
import { LAPTOP, ROUTER, runKiln, startInLab, startPxe, startRouter } from '../../pxe-lab.ts';
import { unwrapped } from '../box.ts';
import { soakTest as test } from '../soak.ts';
import { machineSpec, type Workbench, workbench } from '../workbench.ts';

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

/** A laptop and the network's router, with a release and a site of one node. */
interface Stand {
  readonly bench: Workbench;
  readonly lab: NetworkLab;
  readonly laptop: LabMachine;
  readonly router: LabMachine;
  readonly site: string;
  readonly directory: string;
}

/** Runs a test with a lab, where there can be one. */
async function inStand(t: ExecutionContext, prove: (stand: Stand) => Promise<void>): Promise<void> {
  t.timeout(40 * 60_000);
  await using scratch = await Scratch.create('boot-pi');
  const directory = scratch.path;
  const image = join(directory, 'pi.yaml');
  await writeFile(image, IMAGE);
  const bench = await workbench('arm64', { image, out: directory });
  await using lab = await openLab(t, bench.toolbox);
  if (lab === undefined) return;
  const laptop = await lab.machine('laptop', 2);
  await laptop.giveAddress(`${LAPTOP}/24`);
  const router = await lab.machine('router', 1);
  await router.giveAddress(`${ROUTER}/24`);
  const site = join(directory, 'lab.yaml');
  const node = `{ name: p1, role: single, address: ${ADDRESS}/24, mac: "${MAC}" }`;
  await writeFile(site, `site: lab\nnetwork: { gateway: ${ROUTER} }\nnodes: [${node}]\n`);
  await prove({ bench, lab, laptop, router, site, directory });
}

/** Boots by U-Boot that is changed for a server, until the node is ready; `said` is what servers have to tell if not. */
async function bootsToReady(
  t: ExecutionContext,
  { bench, lab, directory }: Stand,
  { server, said }: { readonly server: string | undefined; readonly said: () => string },
): Promise<void> {
  const { toolbox } = bench;
  const program = (await testToolbox('ci/u-boot-tools.yaml')).file(U_BOOT);
  const uBoot = join(directory, 'u-boot.bin');
  await writeFile(uBoot, bootsFrom(server, await readFile(program)));
  const disk = join(directory, 'blank.qcow2');
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
    t.log(said(), unwrapped(await machine.console()));
    throw error;
  });
}

test('U-Boot, with what a Raspberry Pi’s is given, starts the image of `kiln pxe` beside another DHCP server', async (t) => {
  await inStand(t, async (stand) => {
    const { bench, laptop, router, site, directory } = stand;
    const { toolbox } = bench;
    await using _dhcp = await startRouter(router, { toolbox, directory });
    await runKiln(laptop, ['site', site, '--out', join(directory, 'sites')]);
    await using pxe = await startPxe(laptop, [bench.release, '--site', site]);
    await bootsToReady(t, stand, { server: LAPTOP, said: () => pxe.said() });
    const lines = pxe
      .said()
      .split('\n')
      .filter((line) => line.startsWith(MAC));
    const seen = WAY.filter((stage) => lines.some((line) => line.endsWith(`: ${stage}`)));
    t.deepEqual(seen, WAY, pxe.said());
  });
});

test('U-Boot starts an image from a TFTP server and a web server of one’s own, which DHCP names', async (t) => {
  await inStand(t, async (stand) => {
    const { bench, laptop, router, site, directory } = stand;
    const { toolbox, release } = bench;
    await runKiln(laptop, ['site', site, '--http', '--out', join(directory, 'sites')]);
    const [opened] = await openReleases([release]);
    if (opened === undefined) throw new Error('no release');
    const tftp = join(directory, 'tftp');
    await mkdir(tftp);
    for (const [name, bytes] of opened.boardFiles) await writeFile(join(tftp, name), bytes);
    const { uki } = opened.choice.files;
    await cp(join(release, uki), join(tftp, uki));
    const web = join(directory, 'web');
    await cp(release, web, { recursive: true });
    await cp(join(directory, 'sites', 'lab', 'http'), web, { recursive: true });

    const boot = `dhcp-boot=bootcode.bin,,${LAPTOP}`;
    await using _dhcp = await startRouter(router, { toolbox, directory }, [boot]);
    const argv = ['--keep-in-foreground', '--log-facility=-', '--conf-file=/dev/null', '--port=0'];
    const serving = [...argv, '--user=root', '--enable-tftp', `--tftp-root=${tftp}`, '--pid-file='];
    await using files = startInLab(laptop, [...toolbox.command('dnsmasq'), ...serving]);
    const httpd = ['httpd', '-f', '-vv', '-p', '80', '-h', web];
    await using pages = startInLab(laptop, [...toolbox.command('busybox'), ...httpd]);
    const said = () => `${files.said()}\n${pages.said()}`;
    await bootsToReady(t, stand, { server: undefined, said });
    t.regex(files.said(), /sent \S+\/kiln\.env to/);
    t.true(files.said().includes(`${uki} to`), said());
  });
});
