import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { tinyElf } from '../../testing/tiny-elf.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { EPOCH, listing, temporaryDirectory, treeOf } from '../../testing/tree-fixture.ts';
import { run } from '../../tools/run.ts';
import { compareLibraries, encodeCache, ldSoCache } from './ld-so-cache.ts';
import { sortedTree } from './merge.ts';
import type { Tree, TreeEntry } from './tree.ts';

function library(path: string, soname?: string, machine = 62): TreeEntry {
  const bytes = tinyElf({ machine, ...(soname !== undefined && { soname }) });
  const common = { path, mode: 0o644, uid: 0, gid: 0, mtime: EPOCH, origin: 'x' };
  return { ...common, kind: 'file', content: { kind: 'bytes', bytes } };
}

const LIB = 'usr/lib/x86_64-linux-gnu';

function setup(): Tree {
  const base = treeOf({
    lib: '-> usr/lib',
    'usr/local/lib': '/',
    'etc/ld.so.conf': 'include /etc/ld.so.conf.d/*.conf\n',
    'etc/ld.so.conf.d/a.conf': '# local\n/usr/local/lib\n/nowhere\n',
    'etc/ld.so.conf.d/b.conf': '/lib/x86_64-linux-gnu # multiarch\n/usr/lib/x86_64-linux-gnu/\n',
    'etc/ld.so.conf.d/loop.conf': 'include /etc/ld.so.conf\n',
    [`${LIB}/liblinked.so.1`]: '-> liblinked.so.1.2.3',
    [`${LIB}/liblinked.so`]: '-> liblinked.so.1',
    [`${LIB}/libdangling.so.1`]: '-> nowhere',
    [`${LIB}/libtext.so`]: 'INPUT(-lx)',
    [`${LIB}/libfoo.so.1-gdb.py`]: 'import gdb',
    [`${LIB}/notalib.so`]: 'x',
  });
  return sortedTree([
    ...base.values(),
    library(`${LIB}/liblinked.so.1.2.3`, 'liblinked.so.1'),
    library(`${LIB}/libbare.so.1.9`, 'libbare.so.1'),
    library(`${LIB}/libbare.so.1.10`, 'libbare.so.1'),
    library(`${LIB}/libnoname.so.3`),
    library(`${LIB}/libarm.so.1`, 'libarm.so.1', 183),
    library(`${LIB}/ld-linux-x86-64.so.2`, 'ld-linux-x86-64.so.2'),
    library(`${LIB}/sub/libhidden.so.1`, 'libhidden.so.1'),
    library('usr/local/lib/libc.so.6', 'libc.so.6'),
    library('usr/lib/libold.so.2', 'libold.so.2'),
  ]);
}

async function printed(t: Parameters<typeof temporaryDirectory>[0], cache: Buffer) {
  const toolbox = await testToolbox();
  const file = join(temporaryDirectory(t), 'cache');
  writeFileSync(file, cache);
  const argv = [...toolbox.command('ldconfig'), '-p', '-C', file];
  const { stdout } = await run(argv, { env: toolbox.env });
  return stdout.replace(file, 'cache');
}

test('ldconfig reads the cache: each soname once, in the first directory, in its own order', async (t) => {
  t.timeout(300_000);
  const [cache] = await ldSoCache(setup(), 'x86_64', EPOCH);
  t.true(cache?.kind === 'file' && cache.path === 'etc/ld.so.cache');
  if (cache?.kind !== 'file' || cache.content.kind !== 'bytes') return;
  t.snapshot(await printed(t, cache.content.bytes));
});

test('for arm64 only its own libraries count, with its own flags', async (t) => {
  t.timeout(300_000);
  const triplet = 'usr/lib/aarch64-linux-gnu';
  const tree = sortedTree([
    ...treeOf({ [`${triplet}/x`]: 'x' }).values(),
    library(`${triplet}/libarm.so.1`, 'libarm.so.1', 183),
    library(`${triplet}/libx86.so.1`, 'libx86.so.1', 62),
  ]);
  const [cache] = await ldSoCache(tree, 'arm64', EPOCH);
  if (cache?.kind !== 'file' || cache.content.kind !== 'bytes') return t.fail();
  t.snapshot(await printed(t, cache.content.bytes));
});

test('a library whose package has no symlink of its soname gets one, to the newest file', async (t) => {
  const [, ...links] = await ldSoCache(setup(), 'x86_64', EPOCH);
  t.deepEqual(listing(links), [`777 0:0 ${LIB}/libbare.so.1 -> libbare.so.1.10`]);
});

test('a tree without libraries gets an empty cache', async (t) => {
  const [cache] = await ldSoCache(treeOf({}), 'arm64', EPOCH);
  t.true(
    cache?.kind === 'file' && cache.content.kind === 'bytes' && cache.content.bytes.length === 48,
  );
});

test('the format is laid out as glibc reads it', (t) => {
  const bytes = encodeCache([{ soname: 'liba.so.1', path: '/lib/liba.so.1' }], 0x303);
  t.is(bytes.toString('latin1', 0, 20), 'glibc-ld.so.cache1.1');
  t.is(bytes.readUInt32LE(20), 1);
  t.is(bytes.readUInt32LE(24), 25);
  t.is(bytes[28], 2);
  t.is(bytes.readUInt32LE(32), 0);
  t.is(bytes.readInt32LE(48), 0x303);
  const textAt = (offset: number) => bytes.toString('latin1', offset, bytes.indexOf(0, offset));
  t.is(textAt(bytes.readUInt32LE(52)), 'liba.so.1');
  t.is(textAt(bytes.readUInt32LE(56)), '/lib/liba.so.1');
  t.is(bytes.length, 48 + 24 + 25);
});

test('digits in names of libraries compare as numbers, and after other characters', (t) => {
  const names = ['libz.so.1', 'lib.so.10', 'lib.so.9', 'liba.so', 'lib1.so', 'lib.so', 'libB.so'];
  t.deepEqual([...names].sort(compareLibraries), [
    'lib.so',
    'lib.so.9',
    'lib.so.10',
    'libB.so',
    'liba.so',
    'libz.so.1',
    'lib1.so',
  ]);
});
