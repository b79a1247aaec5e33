import { mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { VerifiedPath } from '../image/store/store.ts';
import { KilnError } from '../report/errors.ts';
import { Scratch } from '../report/scratch.ts';
import { buildDeb, type DataEntry } from '../testing/deb-builder.ts';
import { installPackage, makeLinks } from './install.ts';
import { BOOTSTRAP_DECODER } from './xz.ts';

/** Installs packages, one after the other, each given by its data entries. */
async function installAll(
  t: ExecutionContext,
  ...packages: readonly (readonly DataEntry[])[]
): Promise<string> {
  const scratch = await Scratch.create('install');
  t.teardown(() => scratch[Symbol.asyncDispose]());
  const root = join(scratch.path, 'root');
  await mkdir(root);
  const links = [];
  for (const [number, data] of packages.entries()) {
    const deb = join(scratch.path, `${number}.deb`) as VerifiedPath;
    await writeFile(deb, await buildDeb({ control: { Package: 'demo', Version: '1' }, data }));
    links.push(...(await installPackage(deb, `demo${number} 1`, BOOTSTRAP_DECODER, root)));
  }
  await makeLinks(root, links);
  return root;
}

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

test('programs lose setuid bits, files keep nothing but whether they can be run', async (t) => {
  const root = await installAll(t, [
    { name: 'usr/bin/su', body: 'x', mode: 0o4711 },
    { name: 'etc/secret', body: 'x', mode: 0o600 },
  ]);
  t.is(await modeOf(join(root, 'usr/bin/su')), 0o755);
  t.is(await modeOf(join(root, 'etc/secret')), 0o644);
});

test('absolute symlinks lead to the same place inside the root', async (t) => {
  const root = await installAll(t, [
    { name: 'usr/lib/a/link', type: 'symlink', linkname: '/etc/target' },
    { name: 'usr/bin/relative', type: 'symlink', linkname: '../lib/x' },
  ]);
  t.is(await readlink(join(root, 'usr/lib/a/link')), '../../../etc/target');
  t.is(await readlink(join(root, 'usr/bin/relative')), '../lib/x');
});

test('directories that Debian has merged into /usr are there', async (t) => {
  const root = await installAll(t, [
    { name: 'lib64/ld.so', body: 'x' },
    { name: 'bin/tool', body: 'y' },
  ]);
  t.is(await readFile(join(root, 'usr/lib64/ld.so'), 'utf8'), 'x');
  t.is(await readFile(join(root, 'usr/bin/tool'), 'utf8'), 'y');
});

test('hard links are made, also between merged directories', async (t) => {
  const root = await installAll(t, [
    { name: 'bin/perl', body: 'x' },
    { name: 'bin/perl5', type: 'link', linkname: 'bin/perl' },
  ]);
  t.is(await readFile(join(root, 'usr/bin/perl5'), 'utf8'), 'x');
});

test('documentation stays out', async (t) => {
  const root = await installAll(t, [
    { name: 'usr/share/doc/demo/copyright', body: 'x' },
    { name: 'usr/share/demo', body: 'x' },
  ]);
  await t.throwsAsync(stat(join(root, 'usr/share/doc')), { code: 'ENOENT' });
  t.is(await modeOf(join(root, 'usr/share/demo')), 0o644);
});

test('a file of another package is not written through a symlink', async (t) => {
  const root = await installAll(
    t,
    [{ name: 'usr/lib/demo', type: 'symlink', linkname: '/etc' }],
    [{ name: 'usr/lib/demo/passwd', body: 'x' }],
  );
  t.is(await readFile(join(root, 'usr/lib/demo/passwd'), 'utf8'), 'x');
  await t.throwsAsync(stat(join(root, 'etc/passwd')), { code: 'ENOENT' });
});

test('padding takes no space on disk and is read as it was', async (t) => {
  const body = Buffer.concat([
    Buffer.from('firmware'),
    Buffer.alloc(8 << 20),
    Buffer.from('end'),
    Buffer.alloc(3 << 20),
  ]);
  const root = await installAll(t, [{ name: 'usr/share/code.fd', body }]);
  const path = join(root, 'usr/share/code.fd');
  t.true((await readFile(path)).equals(body));
  t.true((await stat(path)).blocks * 512 < 1 << 20);
});

test('two packages with one file are an error', async (t) => {
  const error = await t.throwsAsync(
    installAll(t, [{ name: 'usr/bin/tool', body: 'x' }], [{ name: 'usr/bin/tool', body: 'y' }]),
    { instanceOf: KilnError },
  );
  t.snapshot({ message: error.message, hint: error.hint });
});
