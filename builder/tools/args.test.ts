import test from 'ava';
import { makeFatCommands } from './fat.ts';
import { depmodArgs } from './kmod.ts';
import { compileArgs } from './python.ts';
import { sqfstarArgs } from './sqfstar.ts';
import { veritysetupFormatArgs } from './veritysetup.ts';
import { zstdArgs } from './zstd.ts';

test('sqfstar', (t) => {
  t.snapshot(
    sqfstarArgs({
      output: '/out/root.squashfs',
      epoch: 1_700_000_000,
      level: 9,
      blockSize: 262_144,
    }).join(' '),
  );
});

test('veritysetup', (t) => {
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  t.snapshot(
    veritysetupFormatArgs({
      data: '/out/root',
      hash: '/out/verity',
      salt: 'ab'.repeat(32),
      uuid,
    }).join(' '),
  );
});

test('a FAT image gets its directories first, then its files in byte order', (t) => {
  const commands = makeFatCommands({
    image: '/out/esp.img',
    sizeBytes: 64 << 20,
    label: 'ESP',
    volumeId: 0xabc,
    epoch: 1_700_000_000,
    files: [
      { path: 'loader/loader.conf', source: '/in/loader.conf' },
      { path: 'EFI/Linux/kiln_1.efi', source: '/in/kiln.efi' },
      { path: 'EFI/BOOT/BOOTX64.EFI', source: '/in/boot.efi' },
      { path: 'top', source: '/in/top' },
    ],
  });
  t.snapshot(commands.map((command) => command.join(' ')));
});

test('a FAT image without directories needs no mmd', (t) => {
  const commands = makeFatCommands({
    image: 'i',
    sizeBytes: 1,
    label: 'L',
    volumeId: 1,
    epoch: 0,
    files: [],
  });
  t.deepEqual(
    commands.map(([program]) => program),
    ['mkfs.fat'],
  );
});

test('zstd', (t) => {
  t.snapshot(zstdArgs({ level: 19, windowLog: 25 }).join(' '));
});

test('depmod', (t) => {
  t.snapshot(depmodArgs({ root: '/work', release: '6.12.0-amd64' }).join(' '));
});

test('compileall', (t) => {
  t.snapshot(compileArgs({ paths: ['usr/lib/python3.13', 'usr/lib/python3'] }).join(' '));
});
