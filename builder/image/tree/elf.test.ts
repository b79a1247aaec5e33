import { readFile } from 'node:fs/promises';
import test from 'ava';
import { tinyElf } from '../../testing/tiny-elf.ts';
import { readElf } from './elf.ts';

const read = (bytes: Buffer) => readElf({ kind: 'bytes', bytes });

test('soname, needs and loader are read', async (t) => {
  const elf = tinyElf({
    soname: 'libx.so.1',
    needed: ['libc.so.6', 'libm.so.6'],
    interpreter: '/lib64/ld.so',
  });
  t.deepEqual(await read(elf), {
    machine: 62,
    type: 3,
    soname: 'libx.so.1',
    needed: ['libc.so.6', 'libm.so.6'],
    interpreter: '/lib64/ld.so',
    isDynamic: true,
  });
});

test('a static program needs nothing', async (t) => {
  const info = await read(tinyElf({ isStatic: true, machine: 183 }));
  t.deepEqual(info, {
    machine: 183,
    type: 3,
    soname: undefined,
    needed: [],
    interpreter: undefined,
    isDynamic: false,
  });
});

const others: readonly [title: string, bytes: Buffer][] = [
  ['an empty file', Buffer.alloc(0)],
  ['a script', Buffer.from(`#!/bin/sh\n${' '.repeat(100)}`)],
  ['a 32-bit program', Buffer.from(`\x7fELF\x01\x01${'\0'.repeat(100)}`, 'latin1')],
  ['a big-endian program', Buffer.from(`\x7fELF\x02\x02${'\0'.repeat(100)}`, 'latin1')],
];

for (const [title, bytes] of others) {
  test(`${title} is no ELF file of Kiln's`, async (t) => t.is(await read(bytes), undefined));
}

test('a damaged file is read without harm', async (t) => {
  const whole = tinyElf({ soname: 'libx.so.1', needed: ['libc.so.6'] });
  for (let length = 64; length < whole.length; length += 7) {
    await t.notThrowsAsync(read(whole.subarray(0, length)));
  }
  for (let at = 16; at < 200; at++) {
    const changed = Buffer.from(whole);
    changed[at] = 0xff;
    await t.notThrowsAsync(read(changed), `byte ${at}`);
  }
});

test('the Node that runs this test is read as the kernel and the loader read it', async (t) => {
  const info = await read(await readFile(process.execPath));
  t.true(info?.needed.some((name) => name.startsWith('libc.')) ?? false);
  t.regex(info?.interpreter ?? '', /\/ld-/);
});
