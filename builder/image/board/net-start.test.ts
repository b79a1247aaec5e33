import test from 'ava';
import { parseSeedPath, seedPath } from '../../pxe/seeds/address.ts';
import { KilnError } from '../../report/errors.ts';
import { TINY_U_BOOT as U_BOOT } from '../../testing/u-boot-fixture.ts';
import type { BootChoice } from '../artifacts/boot-script.ts';
import { netbootFiles } from '../artifacts/netboot.ts';
import { bootsFrom, NAMED_SERVER, startEnvironment, U_BOOT_MAC } from './net-start.ts';
import { defaultEnvironment } from './u-boot.ts';

const CMDLINE = 'roothash=ab ro console=ttyS1';
const CHOICE: BootChoice = {
  ...({ title: 'edge 1.2 for arm64', arch: 'arm64' } as const),
  files: netbootFiles({ name: 'edge', version: '1.2', arch: 'arm64' }),
  cmdlines: { diskless: CMDLINE, install: `${CMDLINE} kiln.install` },
};
const SERVER = { address: '10.9.0.2', base: 'http://10.9.0.2:8080/' } as const;

test('what U-Boot starts an image with: the whole command line, and where the seed is', (t) => {
  t.snapshot(startEnvironment({ ...SERVER, seeds: seedPath(U_BOOT_MAC) }, CHOICE));
});

test('without a site there is no seed to look for, and nothing ever installs', (t) => {
  const text = startEnvironment({ ...SERVER, seeds: undefined }, CHOICE);
  t.snapshot(text);
  t.notRegex(text, /kiln\.install|@1/);
});

test('the seed’s address is one that the server reads, once U-Boot has filled its MAC in', (t) => {
  const text = startEnvironment({ ...SERVER, seeds: seedPath(U_BOOT_MAC) }, CHOICE);
  const [, path = ''] = /s=http:\/\/10\.9\.0\.2:8080\/(\S+)"/.exec(text) ?? [];
  const filled = path.replace(`\${ethaddr}`, 'DC:A6:32:00:00:01');
  const { mac, file } = parseSeedPath(`${filled}meta-data`) ?? {};
  t.deepEqual([mac, file], ['dc:a6:32:00:00:01', 'meta-data']);
});

test('what `env import` would take off is written twice', (t) => {
  const cmdlines = { ...CHOICE.cmdlines, diskless: `${CMDLINE} name=a\\b` };
  const text = startEnvironment({ ...SERVER, seeds: undefined }, { ...CHOICE, cmdlines });
  t.true(text.includes(' name=a\\\\b\n'));
});

test('of the machine that DHCP names, U-Boot takes everything: TFTP, web server and seeds', (t) => {
  t.snapshot(startEnvironment(NAMED_SERVER, CHOICE));
});

test('U-Boot does what a server’s file says, for as long as it takes', (t) => {
  t.snapshot([...defaultEnvironment(bootsFrom('192.168.100.200', U_BOOT))]);
  t.snapshot(defaultEnvironment(bootsFrom(undefined, U_BOOT)).get('bootcmd'));
});

test('U-Boot that is changed already is given any other server, as if it had not been', (t) => {
  const named = bootsFrom(undefined, U_BOOT);
  for (const server of [undefined, '10.9.0.2', '255.255.255.255']) {
    t.deepEqual(bootsFrom(server, named), bootsFrom(server, U_BOOT));
  }
});

test('U-Boot without room for the start is refused', (t) => {
  const small = Buffer.from('code\0bootcmd=bootflow scan\0bootdelay=2\0\0more');
  const error = t.throws(() => bootsFrom(undefined, small), { instanceOf: KilnError });
  t.snapshot(`${error!.message}\n${error!.hint}`);
});
