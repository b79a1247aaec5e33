import test from 'ava';
import { readScript } from './snippets.ts';

const POSTINST = { package: 'sample', script: 'postinst' } as const;

const KERNEL = [
  '#!/bin/sh -e',
  'version=6.12.99+deb13-amd64',
  'image_path=/boot/vmlinuz-$version',
  '# Comment',
  ...['if [ "$1" != configure ]; then', '    exit 0', 'fi', 'depmod $version'],
  ...['if [ -f /lib/modules/$version/.fresh-install ]; then', 'change=install', 'else'],
  ...['change=upgrade', 'fi', 'linux-update-symlinks $change $version $image_path'],
  'rm -f /lib/modules/$version/.fresh-install',
  ...['linux-run-hooks image postinst $version $image_path -- "$@"', 'exit 0', ''],
].join('\n');

test('a kernel’s script is recognised whatever its version, of kernels only', (t) => {
  const kernel = { package: 'linux-image-6.12.99+deb13-amd64', script: 'postinst' } as const;
  t.deepEqual(readScript(KERNEL, kernel).unknown, []);
  t.true(readScript(KERNEL, POSTINST).unknown.length > 0);
  t.true(readScript(KERNEL, { ...kernel, script: 'preinst' }).unknown.length > 0);
  t.true(readScript(`${KERNEL}update-grub\n`, kernel).unknown.length > 0);
});

test('kernels whose modules are a package of their own are recognised too', (t) => {
  const kernel = { package: 'linux-image-7.3.4+deb13-arm64', script: 'postinst' } as const;
  t.deepEqual(readScript(KERNEL.replace('depmod $version\n', ''), kernel).unknown, []);
  const modules = { package: 'linux-modules-7.3.4+deb13-arm64', script: 'postinst' } as const;
  const text = lines(
    ...['#!/bin/sh -e', 'version=7.3.4+deb13-arm64'],
    ...['if [ "$1" = configure ]; then', '  depmod "$version"', 'fi', 'exit 0'],
  );
  t.deepEqual(readScript(text, modules).unknown, []);
  t.true(readScript(text, kernel).unknown.length > 0);
});

test('a firmware package that only asks for a new initrd is recognised', (t) => {
  const text = lines(
    ...['#!/bin/sh', 'set -e'],
    ...['case "$1" in', '\tconfigure)', '\t\tdpkg-trigger --no-await update-initramfs', '\t;;'],
    ...['\tabort-upgrade|abort-remove|abort-deconfigure)', '\t;;', '\t*)'],
    '\t\techo "postinst called with unknown argument \\`$1\'" 1>&2',
    ...['\t\texit 1', '\t;;', 'esac', 'exit 0'],
  );
  const firmware = { package: 'firmware-sample', script: 'postinst' } as const;
  t.deepEqual(readScript(text, firmware).unknown, []);
  t.is(readScript(text, POSTINST).unknown.length, 1);
  t.true(readScript(text.replace('update-initramfs', 'x'), firmware).unknown.length > 0);
});

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
