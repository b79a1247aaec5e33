import test, { type ExecutionContext } from 'ava';
import { KilnError } from '../../report/errors.ts';
import { type Member, packageOf, temporary } from '../../testing/kernel-fixture.ts';
import { findKernel } from '../kernel/kernel-files.ts';
import { RASPBERRY_PIS } from './board.ts';
import { type BoardSource, boardParts, isBoardPackage } from './raspberry-pi.ts';

const U_BOOT = 'code\0bootcmd=bootflow scan\0bootdelay=2\0baudrate=115200\0\0';
/** The smallest that says how large it is. */
const TREE = Buffer.from('d00dfeed00000008', 'hex');

interface Changes {
  readonly version?: string;
  readonly firmware?: Readonly<Record<string, Member>>;
  readonly uBoot?: Readonly<Record<string, Member>>;
  readonly trees?: readonly string[];
  readonly tree?: Member;
  readonly without?: string;
}

/** Packages with what a Raspberry Pi starts with, and what a test changes of it. */
function sourceOf(t: ExecutionContext, changes: Changes = {}): BoardSource {
  const { firmware, deviceTrees } = RASPBERRY_PIS['raspberry-pi'];
  const directory = temporary(t);
  const files = (prefix: string, names: readonly string[], text: Member) =>
    Object.fromEntries(names.map((name) => [`${prefix}/${name}`, text]));
  const kernel = packageOf(directory, 'linux-image-6.12', {
    'boot/vmlinuz-6.12': '',
    'boot/config-6.12': '',
    'usr/lib/modules/6.12/kernel/a.ko.xz': '',
    'usr/lib/modules/6.12/modules.builtin': '',
    'usr/lib/modules/6.12/modules.builtin.modinfo': '',
    'usr/lib/modules/6.12/modules.order': '',
    ...files(
      'usr/lib/linux-image-6.12/broadcom',
      changes.trees ?? deviceTrees,
      changes.tree ?? TREE,
    ),
  });
  const blobs = changes.firmware ?? {
    ...files('usr/lib/raspi-firmware', firmware, 'a blob'),
    'usr/lib/raspi-firmware/start_db.elf': 'not needed',
  };
  const uBoot = packageOf(
    directory,
    'u-boot-rpi',
    changes.uBoot ?? { 'usr/lib/u-boot/rpi_arm64/u-boot.bin': U_BOOT },
  );
  const packages = [
    kernel,
    packageOf(directory, 'raspi-firmware', blobs),
    { ...uBoot, unpacked: { ...uBoot.unpacked, version: changes.version ?? '2026.10~rc5-1' } },
  ];
  return {
    packages: packages.filter(({ unpacked }) => unpacked.name !== changes.without),
    kernel: findKernel(packages),
  };
}

test('a machine with UEFI of its own needs nothing', async (t) => {
  const nothing = { packages: [], kernel: { release: '6.12', deviceTrees: new Map() } };
  t.deepEqual(await boardParts('uefi', nothing), { files: [], deviceTrees: [] });
});

test('a Raspberry Pi gets its firmware, device trees, and U-Boot that nobody stops', async (t) => {
  const { files, deviceTrees } = await boardParts('raspberry-pi', sourceOf(t));
  t.snapshot(files.map(({ path }) => path));
  t.is(deviceTrees.length, 6);
  const bytesOf = (name: string) => files.find(({ path }) => path === name)?.bytes;
  t.is(bytesOf('start4.elf')?.toString(), 'a blob');
  t.is(bytesOf('u-boot.bin')?.toString(), U_BOOT);
  const environment = 'bootcmd=bootflow scan\0bootdelay=-2\0baudrate=115200\0\0';
  t.is(bytesOf('uboot.env')?.toString('latin1', 4, 4 + environment.length), environment);
  t.regex(bytesOf('config.txt')?.toString() ?? '', /^kernel=u-boot\.bin$/m);
});

test('the UKI for a Raspberry Pi 5 has no device trees: the board’s steppings have one name', async (t) => {
  const trees = RASPBERRY_PIS['raspberry-pi-5'].deviceTrees;
  const { files, deviceTrees } = await boardParts('raspberry-pi-5', sourceOf(t, { trees }));
  t.snapshot(files.map(({ path }) => path));
  t.deepEqual(deviceTrees, []);
});

test('packages that only have files for the boot partition', (t) => {
  t.true(isBoardPackage({ name: 'raspi-firmware' }));
  t.true(isBoardPackage({ name: 'u-boot-rpi' }));
  t.false(isBoardPackage({ name: 'firmware-brcm80211' }));
});

const refused = test.macro({
  async exec(t, changes: Changes) {
    const error = await t.throwsAsync(boardParts('raspberry-pi', sourceOf(t, changes)), {
      instanceOf: KilnError,
    });
    t.snapshot(`${error!.code}: ${error!.message}\n${error!.hint}`);
  },
  title: (title) => `refused: ${title}`,
});

test('U-Boot that is too old', refused, { version: '2025.01-3+deb13u1' });
test('no U-Boot', refused, { without: 'u-boot-rpi' });
test('no firmware', refused, { without: 'raspi-firmware' });
test('firmware without one of its files', refused, { firmware: {} });
test('U-Boot of other boards only', refused, { uBoot: { 'usr/lib/u-boot/rpi_3/u-boot.bin': '' } });
test('a kernel without the device trees', refused, { trees: ['bcm2837-rpi-3-b.dtb'] });
test('what is no device tree', refused, { tree: 'something' });
