import test from 'ava';
import { describeKernel, moduleName, parseModinfo } from './metadata.ts';

function modinfo(files: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(files)
    .flatMap(([path, fields]) => [`filename:       /tmp/x/${path}`, ...fields])
    .map((field) => `${field}\0`)
    .join('');
}

function kernelOf(files: Readonly<Record<string, readonly string[]>>, builtin = '') {
  const sizes = new Map(Object.keys(files).map((path, index) => [path, 100 + index]));
  return describeKernel(parseModinfo(modinfo(files), sizes), builtin);
}

const nameOf = test.macro({
  exec(t, given: string, expected: string) {
    t.is(moduleName(given), expected);
  },
  title: (_, given, expected) => `${given} is the module ${expected}`,
});

test(nameOf, 'kernel/drivers/nvme/host/nvme-core.ko.xz', 'nvme_core');
test(nameOf, 'kernel/fs/ext4/ext4.ko', 'ext4');
test(nameOf, 'kernel/net/8021q/8021q.ko.zst', '8021q');
test(nameOf, 'usb-storage', 'usb_storage');
test(nameOf, 'xt_DSCP', 'xt_DSCP');

test('a module has the size of its file, and what it says of itself', (t) => {
  const kernel = kernelOf({
    'kernel/a-b.ko.xz': [
      'alias=pci:v00008086d*',
      'description=says depends=nothing',
      'depends=c-d,e',
      'firmware=a/one.bin',
      'firmware=a/*.bin',
      'signature=30:65:\n\t\tAA:BB',
    ],
  });
  t.deepEqual(kernel.modules.get('a_b'), {
    name: 'a_b',
    path: 'kernel/a-b.ko.xz',
    sizeBytes: 100,
    depends: ['c_d', 'e'],
    soft: [],
    firmware: ['a/one.bin', 'a/*.bin'],
  });
});

test('an empty list of dependencies is none', (t) => {
  t.deepEqual(kernelOf({ 'kernel/a.ko.xz': ['depends='] }).modules.get('a')?.depends, []);
});

test('soft dependencies before and after count, and words before the first keyword do not', (t) => {
  const kernel = kernelOf({
    'kernel/a.ko.xz': ['softdep=pre: x y post: z', 'softdep=sha256'],
  });
  t.deepEqual(kernel.modules.get('a')?.soft, ['x', 'y', 'z']);
});

test('only the aliases that a soft dependency names are kept', (t) => {
  const kernel = kernelOf({
    'kernel/a.ko.xz': ['softdep=pre: crc32c'],
    'kernel/c1.ko.xz': ['alias=crc32c', 'alias=crc32c', 'alias=pci:v1'],
    'kernel/c2.ko.xz': ['alias=crc32c'],
  });
  t.deepEqual([...kernel.aliases], [['crc32c', ['c1', 'c2']]]);
});

test('modules.builtin names what is compiled in', (t) => {
  const kernel = kernelOf({}, 'kernel/fs/fuse/fuse.ko\nkernel/drivers/virtio/virtio-pci.ko\n');
  t.deepEqual([...kernel.builtins], ['fuse', 'virtio_pci']);
});

test('output that does not match the files it was asked about is a bug', (t) => {
  const text = modinfo({ 'kernel/a.ko.xz': [] });
  t.throws(() => parseModinfo(text, new Map()), { message: 'modinfo told of 1 modules, not of 0' });
  t.throws(() => parseModinfo(text, new Map([['kernel/b.ko.xz', 1]])), {
    message: 'modinfo told of /tmp/x/kernel/a.ko.xz, not of kernel/b.ko.xz',
  });
});
