import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../builder/report/scratch.ts';
import { writeNetRelease } from '../builder/testing/net-release.ts';
import { testToolbox } from '../builder/testing/toolbox.ts';
import { type LabMachine, openLab } from './network-lab.ts';
import { LAPTOP, runKiln, startPxe } from './pxe-lab.ts';

const UUID = '4c4c4544-0042-3510-8052-b4c04f4a4e31';

/** Asks the laptop from a machine: the status, and the answer. */
async function ask(machine: LabMachine, path: string, method = 'GET'): Promise<string> {
  const url = JSON.stringify(`http://${LAPTOP}/${path}`);
  const script = `fetch(${url}, { method: '${method}' }).then(async (a) => console.log(a.status + ' ' + await a.text()))`;
  return await machine.run([process.execPath, '--eval', script]);
}

/** What a machine gets to start with; it may say that it is another one. */
async function startOf(machine: LabMachine, as = machine): Promise<string> {
  const script = await ask(machine, `machine.ipxe?mac=${as.mac}&uuid=${UUID}&serial=SN-1`);
  if (script.includes('sanboot')) return 'disk';
  const profile = /kernel --name (@\d) /.exec(script)?.[1] ?? script;
  return script.includes('kiln.install') ? `${profile} installs` : profile;
}

test('kiln pxe: the node with an order is installed as ARP sees it, once, and a stranger gets nothing of it', async (t) => {
  t.timeout(5 * 60_000);
  const toolbox = await testToolbox();
  await using lab = await openLab(t, toolbox);
  if (lab === undefined) return;
  await using scratch = await Scratch.create('pxe-lab');
  const release = await writeNetRelease(scratch.path, { arch: 'x86_64' });
  const laptop = await lab.machine('laptop', 2);
  await laptop.giveAddress(`${LAPTOP}/24`);
  const node = await lab.machine('node', 33);
  await node.giveAddress('10.9.0.33/24');
  const stranger = await lab.machine('stranger', 44);
  await stranger.giveAddress('10.9.0.44/24');
  const site = join(scratch.path, 'lab.yaml');
  const written = `{ name: s1, role: single, address: 10.9.0.33/24, mac: "${node.mac}", install: { disk: only } }`;
  await writeFile(site, `site: lab\nnetwork: { gateway: 10.9.0.1 }\nnodes: [${written}]\n`);
  await runKiln(laptop, ['site', site, '--out', join(scratch.path, 'sites')]);
  await using pxe = await startPxe(laptop, [release, '--site', site]);
  t.regex(pxe.said(), /Ctrl-C ends it/);
  const seed = `seed/${node.mac}/u-${UUID}/s-SN-1/meta-data`;

  t.is(await startOf(stranger), '@0');
  t.is(await startOf(stranger, node), '@0');
  t.is(await startOf(node), '@1 installs');
  await ask(node, 'tiny_1.0_x86_64.net.efi');
  await ask(stranger, 'tiny_1.0_x86_64.net.efi');
  t.regex(await ask(stranger, seed), /^403 /);
  t.regex(await ask(node, seed), /^200 .*\ninstall:\n/s);
  t.regex(await ask(stranger, 'installed', 'POST'), /^404 /);
  t.is(await startOf(node), '@1 installs');
  t.regex(await ask(node, 'installed', 'POST'), /^204 /);
  t.is(await startOf(node), 'disk');

  const said = pxe.said().split('\n');
  for (const stage of [
    'has its seed, installs',
    'is installed',
    'is installed, starts from its disk',
  ]) {
    t.true(said.includes(`${node.mac} s1 10.9.0.33: ${stage}`), pxe.said());
  }
  const facts = `mac: "${stranger.mac}", serial: "SN-1", uuid: ${UUID}`;
  t.true(said.includes(`no node of the site: { ${facts} }`), pxe.said());
});
