import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { bootsFrom } from '../../builder/image/board/net-start.ts';
import type { DhcpQuestion } from '../../builder/testing/dhcp-client.ts';
import { writeNetRelease } from '../../builder/testing/net-release.ts';
import type { LabMachine } from '../../test-vm/network-lab.ts';
import { LAPTOP, ROUTER, runKiln, startPxe } from '../../test-vm/pxe-lab.ts';
import { ask, inLab, offerOf, type Stand } from './pxe-stand.ts';

const SERVING = /Serving tiny 1.0 for x86_64 at http:\/\/10.9.0.2\//;
/** As much of U-Boot as is looked at: its environment. */
const U_BOOT = Buffer.from(
  `code\0bootcmd=bootflow scan\0bootdelay=2\0dhcpuboot=${'-'.repeat(150)}\0\0more`,
);
const LOADERS = {
  'undionly.kpxe': 'usr/lib/ipxe/undionly.kpxe',
  'ipxe-x86_64.efi': 'usr/lib/ipxe/ipxe.efi',
  'ipxe-arm64.efi': 'usr/lib/ipxe/ipxe-arm64.efi',
} as const;

/** Every machine asks again, with what it is, for a script of its own. */
const CHAIN = /^chain --replace http:\/\/10\.9\.0\.2\/machine\.ipxe\?mac=\$\{netX\/mac\}&/m;

/** Gets every boot loader over TFTP as firmware does, and the rest over HTTP. */
async function getAll(t: ExecutionContext, { box, toolbox, directory, release }: Stand) {
  const busybox = toolbox.command('busybox');
  await mkdir(join(directory, 'got'), { recursive: true });
  for (const [name, path] of Object.entries(LOADERS)) {
    const got = join(directory, 'got', name);
    await box.run([...busybox, 'tftp', '-g', '-r', name, '-l', got, LAPTOP]);
    t.true((await readFile(got)).equals(await readFile(toolbox.file(path))), name);
  }
  const get = async (name: string): Promise<Buffer> => {
    const got = join(directory, 'got', name);
    await box.run([...busybox, 'wget', '-q', '-O', got, `http://${LAPTOP}/${name}`]);
    return await readFile(got);
  };
  t.regex((await get('boot.ipxe')).toString(), CHAIN);
  const script = (await get(`machine.ipxe?mac=${box.mac}`)).toString();
  t.regex(script, /^#!ipxe\n/);
  const names = [...script.matchAll(/\$\{server\}([\w.-]+)/g)].map(([, name]) => name ?? '');
  t.true(names.length >= 3);
  for (const name of new Set([...names, 'tiny_1.0_x86_64.root.squashfs', 'ipxe-x86_64.efi'])) {
    const own = name.startsWith('ipxe') ? toolbox.file(LOADERS['ipxe-x86_64.efi']) : undefined;
    t.true((await get(name)).equals(await readFile(own ?? join(release, name))), name);
  }
}

inLab(
  'beside another DHCP server, each kind of firmware is told what to boot',
  async (t, stand) => {
    const { box } = stand;
    await using pxe = await startPxe(stand.laptop, [stand.release]);
    t.regex(pxe.said(), SERVING);
    const uefi = await offerOf(box, { arch: 7 });
    t.like(uefi, { vendorClass: 'PXEClient', yourAddress: '0.0.0.0', nextServer: LAPTOP });
    t.like(await offerOf(box, { arch: 0 }), { vendorClass: 'PXEClient', yourAddress: '0.0.0.0' });
    t.like(await offerOf(box, { arch: 11 }), { vendorClass: 'PXEClient', nextServer: LAPTOP });
    const http = { vendorClass: 'HTTPClient' } as const;
    const loader = (arch: string) => `http://${LAPTOP}/ipxe-${arch}.efi`;
    t.like(await offerOf(box, { arch: 16, ...http }), { ...http, file: loader('x86_64') });
    t.like(await offerOf(box, { arch: 19, ...http }), { ...http, file: loader('arm64') });
    const script = `http://${LAPTOP}/boot.ipxe`;
    for (const arch of [0, 7, 11]) {
      t.like(await offerOf(box, { arch, isIpxe: true }), { file: script, nextServer: LAPTOP });
    }
    // The address comes from the other one, and only from there.
    const offers = await ask(box, { waitMs: 4000 });
    const addresses = offers.map(({ server, yourAddress }) => [server, yourAddress.slice(0, 8)]);
    t.deepEqual(
      addresses.filter(([, address]) => address !== '0.0.0.0'),
      addresses.filter(([server]) => server === ROUTER),
    );
    t.true(addresses.some(([server]) => server === ROUTER));

    await box.giveAddress('10.9.0.55/24');
    const menu = { own: '10.9.0.55', to: { address: LAPTOP, port: 4011 } };
    t.like(await offerOf(box, { arch: 7, ...menu }), { type: 5, file: 'ipxe-x86_64.efi' });
    t.like(await offerOf(box, { arch: 11, ...menu }), { type: 5, file: 'ipxe-arm64.efi' });
    // The first item of the menu: dnsmasq counts from 0x8000.
    t.like(await offerOf(box, { arch: 0, item: 0x8000, ...menu }), {
      type: 5,
      file: 'undionly.kpxe',
    });
    await getAll(t, stand);
    await pxe[Symbol.asyncDispose]();
    t.is(await pxe.exited, 0);
    const told = pxe.said().match(/^52:54:00:1a:b0:09.*$/gm);
    t.snapshot(told?.filter((line, index) => told.indexOf(line) === index));
  },
);

const PI = 'dc:a6:32:01:36:c2';

/** A Raspberry Pi's firmware: is told that it is meant, and gets its files, and other machines still get theirs. */
async function servesRaspberryPi(
  t: ExecutionContext,
  { box, laptop, release, directory, toolbox }: Stand,
  options: readonly string[],
): Promise<void> {
  const boardFiles = ['start4.elf', 'u-boot.bin'].map((path) => ({ path, bytes: U_BOOT }));
  const arm64 = await writeNetRelease(directory, { arch: 'arm64', boardFiles });
  await using pxe = await startPxe(laptop, [release, arm64, ...options]);
  t.regex(pxe.said(), /Serving tiny 1.0 for x86_64, tiny 1.0 for arm64 at/);
  const waitMs = 4000;
  const offer = await offerOf(box, { arch: 0, mac: PI, waitMs });
  t.is(offer?.nextServer, LAPTOP);
  t.regex(Buffer.from(offer?.vendorOptions ?? '', 'hex').toString('latin1'), /Raspberry Pi Boot/);
  t.not(offer?.file, 'undionly.kpxe');
  const other = await offerOf(box, { arch: 0, waitMs });
  t.notRegex(Buffer.from(other?.vendorOptions ?? '', 'hex').toString('latin1'), /Raspberry/);
  const script = `http://${LAPTOP}/boot.ipxe`;
  const asIpxe = { arch: 11, mac: PI, isIpxe: true, waitMs };
  t.like(await offerOf(box, asIpxe), { file: script, nextServer: LAPTOP });

  await box.giveAddress('10.9.0.60/24');
  const get = async (name: string): Promise<Buffer> => {
    const got = join(directory, 'board-file');
    await box.run([...toolbox.command('busybox'), 'tftp', '-g', '-r', name, '-l', got, LAPTOP]);
    return await readFile(got);
  };
  // It asks below its serial number first, and at the root when that is refused.
  await t.throwsAsync(get('9ffefdef/start4.elf'), { message: /not found/i });
  t.deepEqual(await get('start4.elf'), U_BOOT);
  t.deepEqual(await get('u-boot.bin'), bootsFrom(LAPTOP, U_BOOT));
}

inLab('a Raspberry Pi is served beside another DHCP server', async (t, stand) => {
  await servesRaspberryPi(t, stand, []);
});

inLab('a Raspberry Pi is served where there is no other DHCP server', async (t, stand) => {
  await servesRaspberryPi(t, stand, ['--full-dhcp', '10.9.0.60-10.9.0.69']);
});

inLab('as the only DHCP server, addresses come with what to boot', async (t, stand) => {
  const { box } = stand;
  const range = ['--full-dhcp', '10.9.0.60-10.9.0.61'];
  await using pxe = await startPxe(stand.laptop, [stand.release, ...range]);
  t.regex(pxe.said(), SERVING);
  const offer = async (question: Partial<DhcpQuestion>) => {
    const found = await offerOf(box, { waitMs: 4000, ...question });
    t.regex(found?.yourAddress ?? '', /^10\.9\.0\.6[01]$/);
    return found;
  };
  t.like(await offer({ arch: 7 }), { file: 'ipxe-x86_64.efi', nextServer: LAPTOP });
  t.like(await offer({ arch: 0 }), { file: 'undionly.kpxe' });
  t.like(await offer({ arch: 11 }), { file: 'ipxe-arm64.efi' });
  const http = { vendorClass: 'HTTPClient' } as const;
  const loader = `http://${LAPTOP}/ipxe-x86_64.efi`;
  t.like(await offer({ arch: 16, ...http }), { ...http, file: loader });
  t.like(await offer({ arch: 7, isIpxe: true }), { file: `http://${LAPTOP}/boot.ipxe` });
  await box.giveAddress('10.9.0.60/24');
  await getAll(t, stand);
});

inLab(
  'a port that another program has is told, with what to do',
  async (t, { laptop, release }) => {
    const bind =
      "require('node:dgram').createSocket('udp4').bind(69, '10.9.0.2', () => console.log('bound'))";
    const other = laptop.start([process.execPath, '--eval', bind]);
    await once(other.stdout, 'data');
    const pxe = await startPxe(laptop, [release]);
    t.is(await pxe.exited, 6);
    const said = pxe.said();
    t.regex(said, /error: dnsmasq has ended:\n.*Address already in use/s);
    t.regex(said, /hint: ports 67, 69 and 4011 need root, and another DHCP/);
    await other.stop();
  },
);

inLab('with a site, a machine gets its own seed once, and others nothing', async (t, stand) => {
  const { box, laptop, toolbox, directory } = stand;
  const site = join(directory, 'lab.yaml');
  const mac = box.mac;
  await writeFile(
    site,
    `site: lab
network: { gateway: 10.9.0.1 }
nodes:
  - { name: c1, role: controller, address: 10.9.0.55/24, mac: "${mac}" }
  - { name: w1, role: worker, address: 10.9.0.56/24, mac: "52:54:00:99:99:99" }
`,
  );
  await runKiln(laptop, ['site', site, '--out', join(directory, 'out')]);
  await using pxe = await startPxe(laptop, [stand.release, '--site', site]);
  const stranger = await stand.plugIn('stranger', 8);
  await box.giveAddress('10.9.0.55/24');
  await stranger.giveAddress('10.9.0.57/24');
  const get = (machine: LabMachine, path: string): Promise<string> =>
    machine
      .run([...toolbox.command('busybox'), 'wget', '-q', '-O', '-', `http://${LAPTOP}/${path}`])
      .catch((error: unknown) => /HTTP\/1.1 \d+ \w+/.exec(String(error))?.[0] ?? 'no answer');
  const no = 'HTTP/1.1 403 Forbidden';
  const seedOf = (of: string): string => `seed/${of}/u-/s-`;
  const own = `${seedOf(mac)}/meta-data`;

  t.regex(await get(box, 'boot.ipxe'), CHAIN);
  const script = await get(box, `machine.ipxe?mac=${mac}`);
  t.regex(
    script,
    / ds=nocloud;s=\S+seed\/\$\{netX\/mac\}\/u-__dmi\.system-uuid__\/s-__dmi\S+__\/ /,
  );
  t.is(await get(box, own), no);
  t.is(await get(box, 'tiny_1.0_x86_64.net.efi'), 'kernel for x86_64');
  t.is(await get(stranger, 'tiny_1.0_x86_64.net.efi'), 'kernel for x86_64');
  t.is(await get(stranger, own), no);
  t.is(await get(stranger, `${seedOf(stranger.mac)}/meta-data`), no);
  const seed = await get(box, own);
  t.regex(seed, /local-hostname: c1\n/);
  t.is(await get(box, own), no);
  t.regex(await get(box, `${seedOf(mac)}/network-config`), /10\.9\.0\.55\/24/);
  await pxe[Symbol.asyncDispose]();
  const said = pxe.said();
  t.regex(said, new RegExp(`^${mac} c1 10.9.0.55: has its meta-data$`, 'm'));
  const reason = 'no node of the site has its MAC, serial number or UUID';
  t.regex(said, new RegExp(`^${stranger.mac} 10.9.0.57: gets no seed: ${reason}$`, 'm'));
  const token = /[a-z0-9]{6}\.[a-z0-9]{16}|-----BEGIN/;
  t.notRegex(said, token);
});

inLab('--http-only serves files and seeds, and leaves DHCP alone', async (t, stand) => {
  const { box, laptop, release, toolbox } = stand;
  await using pxe = await startPxe(laptop, [release, '--http-only']);
  t.regex(pxe.said(), /Serving tiny 1.0 for x86_64 at http:\/\/10.9.0.2:8080\/boot.ipxe\./);
  t.is(await offerOf(box, {}), undefined);
  await box.giveAddress('10.9.0.55/24');
  const script = `http://${LAPTOP}:8080/boot.ipxe`;
  const got = await box.run([...toolbox.command('busybox'), 'wget', '-q', '-O', '-', script]);
  t.regex(got, /^chain --replace http:\/\/10\.9\.0\.2:8080\/machine\.ipxe\?/m);
});
