import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { KilnError } from '../../report/errors.ts';
import { Scratch } from '../../report/scratch.ts';
import { sha256 } from '../../report/sha256.ts';
import { buildAr, buildDeb, buildTar, type DataEntry } from '../../testing/deb-builder.ts';
import { BOOTSTRAP_DECODER } from '../../tools/xz.ts';
import type { VerifiedPath } from './store.ts';
import { readControl, unpackPackage } from './unpack.ts';
import type { UnpackedPackage } from './unpacked.ts';

const CONTROL = {
  Package: 'demo',
  Version: '1.0-1',
  Architecture: 'all',
  Description: 'a demo\n of two lines',
};

/** Keeps derived directories in a scratch directory, and counts how many were made. */
function cacheIn(directory: string) {
  const cache = {
    made: 0,
    derived: async (kind: string, key: string, make: (target: string) => Promise<void>) => {
      const target = join(directory, sha256(`${kind} ${key}`));
      try {
        await mkdir(target);
      } catch {
        return target;
      }
      cache.made += 1;
      await make(target);
      return target;
    },
  };
  return cache;
}

async function unpack(
  t: ExecutionContext,
  deb: Buffer,
): Promise<{
  readonly unpacked: UnpackedPackage;
  readonly again: UnpackedPackage;
  readonly contents: Buffer;
}> {
  const scratch = await Scratch.create('unpack');
  t.teardown(() => scratch[Symbol.asyncDispose]());
  const path = join(scratch.path, 'demo.deb') as VerifiedPath;
  await writeFile(path, deb);
  const cache = cacheIn(scratch.path);
  const unpacked = await unpackPackage(path, sha256(deb), cache, BOOTSTRAP_DECODER);
  const again = await unpackPackage(path, sha256(deb), cache, BOOTSTRAP_DECODER);
  t.is(cache.made, 1);
  return { unpacked, again, contents: await readFile(unpacked.contentsPath) };
}

test('files, directories and links are found with their bytes, and kept', async (t) => {
  const deb = await buildDeb({
    control: CONTROL,
    controlFiles: { postinst: '#!/bin/sh\nexit 0\n', md5sums: 'x' },
    data: [
      { name: './', type: 'directory' },
      { name: './usr/', type: 'directory', mode: 0o755 },
      {
        name: './usr/one',
        body: 'first',
        mode: 0o4755,
        uid: 0,
        gid: 42,
        mtime: new Date(1_700_000_000_000),
      },
      { name: './usr/empty', body: '' },
      { name: './usr/two', body: 'second' },
      { name: './usr/link', type: 'symlink', linkname: '/etc/../anywhere' },
      { name: './usr/hard', type: 'link', linkname: './usr/one' },
    ],
  });
  const { unpacked, again, contents } = await unpack(t, deb);
  t.deepEqual(again, unpacked);
  t.is(contents.toString(), 'firstsecond');
  const { contentsPath: _, ...rest } = unpacked;
  t.snapshot(rest);
});

test('uncompressed members are read', async (t) => {
  const deb = await buildDeb({
    control: CONTROL,
    data: [{ name: 'a', body: 'x' }],
    compression: 'none',
  });
  t.is((await unpack(t, deb)).contents.toString(), 'x');
});

test('a file of several megabytes keeps its bytes', async (t) => {
  const body = Buffer.alloc(5 << 20, 'kiln');
  const { unpacked, contents } = await unpack(
    t,
    await buildDeb({ control: CONTROL, data: [{ name: 'a', body }] }),
  );
  t.is(unpacked.entries[0]?.sha256, sha256(body));
  t.true(contents.equals(body));
});

test('names longer than a tar header holds are whole', async (t) => {
  const name = `${'long/'.repeat(60)}${'n'.repeat(120)}`;
  const linkname = `/${'t'.repeat(150)}`;
  const deb = await buildDeb({
    control: CONTROL,
    data: [
      { name, body: 'x', pax: { path: name } },
      { name: 'link', type: 'symlink', linkname, pax: { linkpath: linkname } },
    ],
  });
  const { unpacked } = await unpack(t, deb);
  t.deepEqual(
    unpacked.entries.map(({ path, target }) => target ?? path),
    [name, linkname],
  );
});

test('names that are not ASCII are whole', async (t) => {
  const { unpacked } = await unpack(
    t,
    await buildDeb({ control: CONTROL, data: [{ name: 'Főtanúsítvány', body: '' }] }),
  );
  t.is(unpacked.entries[0]?.path, 'Főtanúsítvány');
});

test('the control archive can be read alone', async (t) => {
  await using scratch = await Scratch.create('unpack');
  const path = join(scratch.path, 'demo.deb');
  await writeFile(
    path,
    await buildDeb({ control: CONTROL, controlFiles: { conffiles: '/etc/demo\n' } }),
  );
  t.snapshot(await readControl(path, BOOTSTRAP_DECODER));
});

const hostile = test.macro<DataEntry[]>({
  title: (title) => `${title} is refused`,
  exec: async (t, ...data) => {
    const error = await t.throwsAsync(unpack(t, await buildDeb({ control: CONTROL, data })), {
      instanceOf: KilnError,
    });
    t.is(error.code, 'verification');
    t.snapshot(error.message);
  },
});

test('an absolute name', hostile, { name: '/etc/passwd', body: 'x' });
test('a name that climbs out', hostile, { name: './../etc/passwd', body: 'x' });
test('a name that climbs out in the middle', hostile, { name: 'usr/../../etc/passwd', body: 'x' });
test('a name with an empty component', hostile, { name: 'usr//bin', body: 'x' });
test('a name with a line break', hostile, { name: 'usr/a\nb', body: 'x' });
test('a name that is not UTF-8', hostile, { name: 'usr/\uFFFD', body: 'x' });
test('a file named as the root', hostile, { name: '.', body: 'x' });
test('a character device', hostile, {
  name: 'dev/null',
  type: 'character-device',
  devmajor: 1,
  devminor: 3,
});
test('a block device', hostile, {
  name: 'dev/sda',
  type: 'block-device',
  devmajor: 8,
  devminor: 0,
});
test('a fifo', hostile, { name: 'run/fifo', type: 'fifo' });
test('an entry that is there twice', hostile, { name: 'a', body: 'x' }, { name: './a', body: 'y' });
test(
  'a directory that is there twice',
  hostile,
  { name: 'a/', type: 'directory' },
  { name: './a', type: 'directory' },
);
test(
  'a file below a symlink',
  hostile,
  { name: 'etc', type: 'symlink', linkname: '/tmp' },
  { name: 'etc/passwd', body: 'x' },
);
test(
  'a symlink above an earlier file',
  hostile,
  { name: 'etc/a/b', body: 'x' },
  { name: 'etc', type: 'symlink', linkname: '/' },
);
test('a file below a file', hostile, { name: 'a', body: 'x' }, { name: 'a/b', body: 'x' });
test('a hard link that leads out', hostile, {
  name: 'a',
  type: 'link',
  linkname: '../../etc/shadow',
});
test('a hard link to an absolute name', hostile, {
  name: 'a',
  type: 'link',
  linkname: '/etc/shadow',
});
test('a hard link to nothing', hostile, { name: 'a', type: 'link', linkname: 'b' });
test(
  'a hard link to a symlink',
  hostile,
  { name: 'b', type: 'symlink', linkname: '/etc' },
  { name: 'a', type: 'link', linkname: 'b' },
);
test('a symlink to nowhere', hostile, { name: 'a', type: 'symlink', linkname: '' });
test('an extended attribute', hostile, {
  name: 'a',
  body: 'x',
  pax: { 'SCHILY.xattr.security.capability': 'x' },
});

test('a package without a control file is refused', async (t) => {
  await using scratch = await Scratch.create('unpack');
  const path = join(scratch.path, 'demo.deb');
  const tar = await buildTar([{ name: './postinst', body: '' }]);
  await writeFile(
    path,
    buildAr([
      ['debian-binary', Buffer.from('2.0\n')],
      ['control.tar', tar],
      ['data.tar', tar],
    ]),
  );
  const error = await t.throwsAsync(readControl(path, BOOTSTRAP_DECODER), {
    instanceOf: KilnError,
  });
  t.regex(error.message, /has no control file$/);
});
