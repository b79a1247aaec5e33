import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { Scratch } from '../../report/scratch.ts';
import { buildAr, buildTar } from '../../testing/deb-builder.ts';
import { BOOTSTRAP_DECODER } from '../../tools/xz.ts';
import { readData } from './package-reader.ts';

/** A tar archive with one file, `hello`, made by xz. */
const HELLO_XZ = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AFddADQZSe6N1/i4P8k3Mt7I1YCE//IZ+VcAjQ0eilMIokg5TytYPB' +
    'dKyb+alSKLCViqdA0aFE/RxTGcGhFyxiAIi8v1C4wxoJ8sghJZ7PXIdGnUcQ7LbmeuAAAA+AKaVAN+S9UAAXOAUAAA' +
    'AIIUCDSxxGf7AgAAAAAEWVo=',
  'base64',
);

type Members = readonly (readonly [name: string, bytes: Buffer])[];

const BINARY = ['debian-binary', Buffer.from('2.0\n')] as const;

/** The files of a package's data archive: path and text. */
async function filesOf(members: Members): Promise<readonly string[]> {
  await using scratch = await Scratch.create('deb');
  const path = join(scratch.path, 'demo.deb');
  await writeFile(path, buildAr(members));
  const found: string[] = [];
  await readData(path, 'demo 1.0', BOOTSTRAP_DECODER, async (entry, body) => {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    found.push(`${entry.path}: ${Buffer.concat(chunks)}`);
  });
  return found;
}

/** Archives of a small package. */
async function archives(): Promise<{ readonly control: Buffer; readonly data: Buffer }> {
  return {
    control: await buildTar([{ name: './control', body: 'Package: demo\nVersion: 1\n' }]),
    data: await buildTar([{ name: 'hello', body: 'hello' }]),
  };
}

test('members compressed by nothing, gzip and xz are read', async (t) => {
  const { control, data } = await archives();
  const wrap = (member: readonly [string, Buffer]) =>
    filesOf([BINARY, ['control.tar', control], member]);
  t.deepEqual(await wrap(['data.tar', data]), ['hello: hello']);
  t.deepEqual(await wrap(['data.tar.gz', gzipSync(data)]), ['hello: hello']);
  t.deepEqual(await wrap(['data.tar.xz', HELLO_XZ]), ['hello: hello\n']);
});

test('members that nobody knows are ignored', async (t) => {
  const { control, data } = await archives();
  t.deepEqual(
    await filesOf([
      BINARY,
      ['_gpgorigin', Buffer.from('x')],
      ['control.tar', control],
      ['data.tar', data],
    ]),
    ['hello: hello'],
  );
});

const damaged = test.macro<[members: (control: Buffer, data: Buffer) => Members]>({
  title: (title) => `${title} is refused`,
  exec: async (t, members) => {
    const { control, data } = await archives();
    const error = await t.throwsAsync(filesOf(members(control, data)), { instanceOf: KilnError });
    t.is(error.code, 'verification');
    t.snapshot(error.message);
  },
});

test('a package without data', damaged, (control) => [BINARY, ['control.tar', control]]);
test('a package with two data archives', damaged, (control, data) => [
  BINARY,
  ['control.tar', control],
  ['data.tar', data],
  ['data.tar.gz', data],
]);
test('an unknown compression', damaged, (control, data) => [
  BINARY,
  ['control.tar', control],
  ['data.tar.lzma', data],
]);
test('an empty member', damaged, (control) => [
  BINARY,
  ['control.tar', control],
  ['data.tar', Buffer.alloc(0)],
]);
test('a tar archive that is cut short', damaged, (control, data) => [
  BINARY,
  ['control.tar', control],
  ['data.tar', data.subarray(0, 1000)],
]);
test('a tar header with a wrong checksum', damaged, (control, data) => [
  BINARY,
  ['control.tar', control],
  ['data.tar', Buffer.concat([Buffer.from('b'), data.subarray(1)])],
]);
test('gzip that is none', damaged, (control, data) => [
  BINARY,
  ['control.tar', control],
  ['data.tar.gz', data],
]);
test('gzip that is cut short', damaged, (control, data) => [
  BINARY,
  ['control.tar', control],
  ['data.tar.gz', gzipSync(data).subarray(0, -20)],
]);
test('xz that is none', damaged, (control, data) => [
  BINARY,
  ['control.tar', control],
  ['data.tar.xz', data],
]);
test('xz that is cut short', damaged, (control) => [
  BINARY,
  ['control.tar', control],
  ['data.tar.xz', HELLO_XZ.subarray(0, -20)],
]);

test('a file that does not start with debian-binary', damaged, (control, data) => [
  ['control.tar', control],
  ['data.tar', data],
]);
test('a package of a later format', damaged, (control, data) => [
  ['debian-binary', Buffer.from('3.0\n')],
  ['control.tar', control],
  ['data.tar', data],
]);
test('zstd before there is a program for it', damaged, (control, data) => [
  BINARY,
  ['control.tar', control],
  ['data.tar.zst', data],
]);
