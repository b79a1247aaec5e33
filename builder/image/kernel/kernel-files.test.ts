import test from 'ava';
import { kernelPackage, packageOf, RELEASE, temporary } from '../../testing/kernel-fixture.ts';
import { findKernel, isKernelPackage } from './kernel-files.ts';

const BASE = `usr/lib/modules/${RELEASE}`;

test('a kernel in one package, as Debian 13 has it', (t) => {
  const kernel = findKernel([kernelPackage(temporary(t), { 'fs/ext4.ko.xz': '' })]);
  t.is(kernel.release, RELEASE);
  t.is(kernel.vmlinuz.entry.path, `boot/vmlinuz-${RELEASE}`);
  t.is(kernel.config.entry.path, `boot/config-${RELEASE}`);
  t.deepEqual([...kernel.modules.keys()], ['kernel/fs/ext4.ko.xz']);
});

test('a kernel in three packages, as newer kernels come', (t) => {
  const directory = temporary(t);
  const kernel = findKernel([
    packageOf(directory, `linux-base-${RELEASE}`, {
      [`${BASE}/config`]: '',
      [`${BASE}/dtb/broadcom/bcm2712-rpi-5-b.dtb`]: '',
      [`${BASE}/dtb/other/x.dtb`]: '',
    }),
    packageOf(directory, `linux-binary-${RELEASE}`, { [`${BASE}/vmlinuz`]: '' }),
    packageOf(directory, `linux-modules-${RELEASE}`, {
      [`${BASE}/kernel/a.ko`]: '',
      [`${BASE}/modules.builtin`]: '',
      [`${BASE}/modules.builtin.modinfo`]: '',
      [`${BASE}/modules.order`]: '',
    }),
  ]);
  t.is(kernel.vmlinuz.unpacked.name, `linux-binary-${RELEASE}`);
  t.is(kernel.config.entry.path, `${BASE}/config`);
  t.deepEqual([...kernel.modules.keys()], ['kernel/a.ko']);
  t.deepEqual([...kernel.deviceTrees.keys()], ['bcm2712-rpi-5-b.dtb']);
});

test('modules below /lib are found as well', (t) => {
  const kernel = packageOf(temporary(t), 'linux-image-5', {
    'boot/vmlinuz-5': '',
    'boot/config-5': '',
    'lib/modules/5/kernel/a.ko.xz': '',
    'lib/modules/5/modules.builtin': '',
    'lib/modules/5/modules.builtin.modinfo': '',
    'lib/modules/5/modules.order': '',
  });
  t.is(findKernel([kernel]).release, '5');
});

test('packages that only depend on a kernel are no kernel packages', (t) => {
  const isKernel = (name: string) => isKernelPackage({ name });
  t.true(isKernel('linux-image-6.12.9+deb13-amd64'));
  t.true(isKernel('linux-modules-7.2.13-amd64'));
  t.false(isKernel('linux-image-amd64'));
  t.false(isKernel('linux-base'));
  t.false(isKernel('linux-sysctl-defaults'));
});

test('no kernel, two kernels and half a kernel are errors that say what to do', (t) => {
  const directory = temporary(t);
  const ext4 = kernelPackage(directory, { 'fs/ext4.ko.xz': '' });
  const other = packageOf(directory, 'linux-image-7', { 'usr/lib/modules/7/kernel/a.ko.xz': '' });
  for (const packages of [[], [ext4, other], [other]]) {
    const error = t.throws(() => findKernel(packages));
    t.snapshot(error);
  }
});
