import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Arch } from '../../../builder/image/arch.ts';
import { Scratch } from '../../../builder/report/scratch.ts';
import { run } from '../../../builder/tools/run.ts';
import { openLab } from '../../network-lab.ts';
import { LAPTOP, ROUTER, runKiln, startPxe, startRouter } from '../../pxe-lab.ts';
import type { MachineSpec } from '../../spec.ts';
import { Box } from '../box.ts';
import { soakTest as test } from '../soak.ts';
import { machineSpec } from '../workbench.ts';
import { netbootBench } from './blank-machine.ts';

const MAC = '52:54:00:1a:b0:20';
const ADDRESS = '10.9.0.20';

/** What `kiln pxe` has to have shown of the machine, in this order. */
const WAY = [
  'asks for a boot server',
  'gets the boot loader',
  'gets the boot script',
  'gets the kernel',
  'gets the root',
  'has the root, starts',
  'has its meta-data',
];

/**
 * A machine at a switch with a laptop and with the network's own DHCP server: `kiln pxe --site` on the laptop makes
 * it the node that its site file says.
 */
async function becomesItsNode(
  t: ExecutionContext,
  change: Partial<MachineSpec>,
  way: readonly string[],
  arch: Arch = 'x86_64',
): Promise<void> {
  t.timeout(30 * 60_000);
  await using scratch = await Scratch.create('boot-lab');
  const bench = await netbootBench(scratch, arch);
  const { toolbox } = bench;
  await using lab = await openLab(t, toolbox);
  if (lab === undefined) return;
  const laptop = await lab.machine('laptop', 2);
  await laptop.giveAddress(`${LAPTOP}/24`);
  const router = await lab.machine('router', 1);
  await router.giveAddress(`${ROUTER}/24`);
  await using _dhcp = await startRouter(router, { toolbox, directory: scratch.path });
  const site = join(scratch.path, 'lab.yaml');
  const node = `{ name: s1, role: single, address: ${ADDRESS}/24, mac: "${MAC}" }`;
  await writeFile(site, `site: lab\nnetwork: { gateway: ${ROUTER} }\nnodes: [${node}]\n`);
  await runKiln(laptop, ['site', site, '--out', join(scratch.path, 'sites')]);
  await using pxe = await startPxe(laptop, [bench.release, '--site', site]);

  const disk = join(scratch.path, 'blank.qcow2');
  const blank = ['create', '-q', '-f', 'qcow2', disk, '1G'];
  await run([...toolbox.command('qemu-img'), ...blank], { env: toolbox.env });
  const nic = { kind: 'tap', model: 'virtio', mac: MAC, interface: await lab.tap('tap0') } as const;
  const spec = { ...machineSpec(bench, disk), ...change, nics: [nic] };
  await using box = await Box.switchOn(t, bench, spec, { wrapper: lab.atSwitch });
  await box.untilReady('single').catch(async (error: unknown) => {
    t.log(pxe.said());
    throw error;
  });
  await box.check(['network-boot/check.sh'], { NAME: 's1' });
  t.regex(await box.say('ip -4 addr show scope global'), new RegExp(`${ADDRESS}/24`));
  const lines = pxe
    .said()
    .split('\n')
    .filter((line) => line.startsWith(MAC));
  t.deepEqual(
    way.filter((stage) => lines.some((line) => line.endsWith(`: ${stage}`))),
    way,
    pxe.said(),
  );
  const starts = lines.filter((line) => line.endsWith('gets the kernel')).length;
  if (starts !== 1) t.log(await box.machine.console());
  t.is(starts, 1, pxe.said());
}

test('UEFI PXE → iPXE, proxy DHCP beside another DHCP server', async (t) => {
  await becomesItsNode(t, {}, WAY);
});

test('arm64: UEFI PXE → iPXE, proxy DHCP beside another DHCP server', async (t) => {
  await becomesItsNode(t, {}, WAY, 'arm64');
});

test('UEFI HTTP Boot → iPXE, proxy DHCP beside another DHCP server', async (t) => {
  const firmwareSettings = { IPv4PXESupport: 'no', IPv6PXESupport: 'no' };
  await becomesItsNode(t, { firmwareSettings }, WAY);
});

test('BIOS → iPXE of the card, proxy DHCP beside another DHCP server', async (t) => {
  const way = WAY.filter((stage) => stage !== 'gets the boot loader');
  await becomesItsNode(t, { bios: true }, way);
});
