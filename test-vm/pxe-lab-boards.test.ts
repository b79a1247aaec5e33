import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PROJECT_DIRECTORY } from '../builder/image/definition/project.ts';
import { Scratch } from '../builder/report/scratch.ts';
import { writeNetRelease } from '../builder/testing/net-release.ts';
import { testToolbox } from '../builder/testing/toolbox.ts';
import { type LabMachine, openLab } from './network-lab.ts';
import { LAPTOP, runKiln, startPxe } from './pxe-lab.ts';

const TFTP_GET = join(PROJECT_DIRECTORY, 'dist', 'test-vm', 'tftp-get.js');

/** No U-Boot, but for its environment. */
const U_BOOT = Buffer.from(`code\0bootcmd=bootflow scan\0vendor=${'x'.repeat(200)}\0\0more`);

/** What a machine gets from the laptop over TFTP. */
async function tftp(machine: LabMachine, file: string): Promise<string> {
  return await machine.run([process.execPath, TFTP_GET, LAPTOP, file]);
}

/** Asks the laptop from a machine: the status of the answer. */
async function ask(machine: LabMachine, url: string): Promise<number> {
  const script = `fetch(${JSON.stringify(url)}).then((a) => console.log(a.status))`;
  return Number(await machine.run([process.execPath, '--eval', script]));
}

test('kiln pxe: a Raspberry Pi gets its firmware, U-Boot and kernel over TFTP, and after the kernel its seed, once', async (t) => {
  t.timeout(5 * 60_000);
  const toolbox = await testToolbox();
  await using lab = await openLab(t, toolbox);
  if (lab === undefined) return;
  await using scratch = await Scratch.create('pxe-lab');
  const boardFiles = [
    { path: 'start4.elf', bytes: Buffer.from('firmware') },
    { path: 'u-boot.bin', bytes: U_BOOT },
  ];
  const release = await writeNetRelease(scratch.path, { arch: 'arm64', boardFiles });
  const laptop = await lab.machine('laptop', 2);
  await laptop.giveAddress(`${LAPTOP}/24`);
  const pi = await lab.machine('pi', 33);
  await pi.giveAddress('10.9.0.33/24');
  const stranger = await lab.machine('stranger', 44);
  await stranger.giveAddress('10.9.0.44/24');
  const site = join(scratch.path, 'lab.yaml');
  const node = `{ name: p1, role: single, address: 10.9.0.33/24, mac: "${pi.mac}" }`;
  await writeFile(site, `site: lab\nnetwork: { gateway: 10.9.0.1 }\nnodes: [${node}]\n`);
  await runKiln(laptop, ['site', site, '--out', join(scratch.path, 'sites')]);
  await using pxe = await startPxe(laptop, [release, '--site', site]);
  t.regex(pxe.said(), /Ctrl-C ends it/);
  /** What the laptop says of a machine; the log of TFTP comes a moment later. */
  const shown = async (text: string): Promise<void> => {
    for (let n = 0; n < 200 && !pxe.said().includes(text); n++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    t.true(pxe.said().includes(text), pxe.said());
  };

  // It asks below its serial number first, and takes the root of the server when that is refused.
  await t.throwsAsync(tftp(pi, '9ffefdef/start4.elf'), { message: /not found/ });
  t.is(await tftp(pi, 'start4.elf'), 'firmware');
  t.true((await tftp(pi, 'u-boot.bin')).includes(`tftpboot ${LAPTOP}:kiln.env`));
  const environment = await tftp(pi, 'kiln.env');
  await shown(`${pi.mac} p1 10.9.0.33: gets the boot script`);
  const [, seeds = ''] = /ds=nocloud;s=(\S+)"/.exec(environment) ?? [];
  const seed = `${seeds.replace(`\${ethaddr}`, pi.mac)}meta-data`;
  t.is(await ask(pi, seed), 403);
  const [, kernel = ''] = /:(\S+\.net\.efi)/.exec(environment) ?? [];
  t.is(await tftp(pi, kernel), 'kernel for arm64');
  t.is(await tftp(stranger, kernel), 'kernel for arm64');
  await shown(`${pi.mac} p1 10.9.0.33: gets the kernel`);
  await shown(`${stranger.mac} 10.9.0.44: gets the kernel`);
  t.is(await ask(stranger, seed), 403);
  t.is(await ask(pi, seed), 200);
  t.is(await ask(pi, seed), 403);
});
