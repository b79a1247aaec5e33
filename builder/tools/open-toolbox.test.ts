import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { LockedPackage, Lockfile } from '../image/lock/lockfile.ts';
import { Store } from '../image/store/store.ts';
import { KilnError } from '../report/errors.ts';
import { SILENT } from '../report/progress.ts';
import { sha256 } from '../report/sha256.ts';
import { buildDeb, type DataEntry } from '../testing/deb-builder.ts';
import { MirrorServer } from '../testing/mirror-server.ts';
import { emptyDirectory } from '../testing/store-fixture.ts';
import { openToolbox } from './open-toolbox.ts';

/** A mirror with tiny packages, given by their data entries, a lock of them and an empty store. */
async function setup(
  t: ExecutionContext,
  packages: Readonly<Record<string, readonly DataEntry[]>>,
) {
  const served: Record<string, Buffer> = {};
  const locked: LockedPackage[] = [];
  for (const [name, data] of Object.entries(packages)) {
    const deb = await buildDeb({ control: { Package: name, Version: '1' }, data });
    const path = `pool/${name}.deb`;
    served[`/debian/${path}`] = deb;
    locked.push({
      ...{ name, version: '1', architecture: 'all', archive: 'debian', suite: 'trixie', path },
      ...{ sizeBytes: deb.length, sha256: sha256(deb), scripts: {}, because: [] },
    });
  }
  const server = await MirrorServer.start(served);
  t.teardown(() => server[Symbol.asyncDispose]());
  const lockfile: Lockfile = {
    ...{ version: 1, arch: 'x86_64', epoch: 0, indexes: [], packages: locked },
    definition: { file: 'images/tools.yaml', sha256: '' },
  };
  let asked = 0;
  const mirrors = async () => {
    asked += 1;
    return {
      describe: 'test',
      urlsFor: (archive: string, path: string) => [`${server.url}/${archive}/${path}`],
    };
  };
  const store = await Store.open(await emptyDirectory(t));
  return { input: { lockfile, store, mirrors, progress: SILENT }, asked: () => asked };
}

test('packages become one tree, and are asked for once', async (t) => {
  const { input, asked } = await setup(t, {
    one: [{ name: './usr/bin/one', body: 'first' }],
    two: [
      { name: './usr/share/two', body: 'second' },
      { name: './usr/bin/uno', type: 'symlink', linkname: '/usr/bin/one' },
    ],
  });
  const toolbox = await openToolbox(input);
  t.is(await readFile(join(toolbox.root, 'usr/bin/uno'), 'utf8'), 'first');
  t.is(await readFile(toolbox.file('usr/share/two'), 'utf8'), 'second');
  const again = await openToolbox({ ...input, store: await Store.open(input.store.root) });
  t.is(again.root, toolbox.root);
  t.is(asked(), 1);
});

test('other packages are another toolbox', async (t) => {
  const { input } = await setup(t, {
    one: [{ name: 'a', body: 'x' }],
    two: [{ name: 'b', body: 'x' }],
  });
  const { identity } = await openToolbox(input);
  const packages = input.lockfile.packages.slice(0, 1);
  const other = await openToolbox({ ...input, lockfile: { ...input.lockfile, packages } });
  t.not(other.identity, identity);
  t.throws(() => other.file('b'), { instanceOf: KilnError });
});

test('a package that cannot be used leaves no half toolbox behind', async (t) => {
  const { input } = await setup(t, {
    good: [{ name: 'a', body: 'x' }],
    hostile: [{ name: '../b', body: 'x' }],
  });
  for (const _ of ['first', 'second']) {
    const error = await t.throwsAsync(openToolbox(input), { instanceOf: KilnError });
    t.is(error.message, 'hostile 1 contains "../b", which leads out of the package');
  }
});

test('an interruption leaves no half toolbox behind', async (t) => {
  const { input } = await setup(t, { one: [{ name: 'a', body: 'x' }] });
  const reason = new KilnError('interrupted', 'interrupted');
  await t.throwsAsync(openToolbox({ ...input, signal: AbortSignal.abort(reason) }), { is: reason });
  const toolbox = await openToolbox(input);
  t.notThrows(() => toolbox.file('a'));
});
