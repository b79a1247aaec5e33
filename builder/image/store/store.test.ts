import { chmod, mkdir, readdir, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { SELF } from '../../report/owner.ts';
import { sha256 } from '../../report/sha256.ts';
import { age, contentsOf, emptyDirectory, putBytes } from '../../testing/store-fixture.ts';
import { defaultStoreRoot, Store } from './store.ts';

/** Process ids end at 4194304, so nobody has this one. */
const DEAD = SELF.replace(/^\d+/, '4194305');
const ELSEWHERE = '4194305.1.00000000';

test('what was never stored is absent', async (t) => {
  const store = await Store.open(await emptyDirectory(t));
  t.is(await store.get(sha256('x')), undefined);
});

test('a stored file is found, by this command and by the next', async (t) => {
  const root = await emptyDirectory(t);
  const store = await Store.open(root);
  const digest = await putBytes(store, 'bytes');
  const path = store.layout.fileOf(digest);
  t.is(String(await store.get(digest)), path);
  t.is(String(await (await Store.open(root)).get(digest)), path);
  t.is((await stat(path)).mode & 0o777, 0o444);
});

test('a corrupt entry counts as absent, is removed and said', async (t) => {
  const root = await emptyDirectory(t);
  const first = await Store.open(root);
  const digest = await putBytes(first, 'bytes');
  await chmod(first.layout.fileOf(digest), 0o644);
  await writeFile(first.layout.fileOf(digest), 'bytez');
  const said: string[] = [];
  const store = await Store.open(root, { warn: (text) => said.push(text) });
  t.is(await store.get(digest), undefined);
  t.deepEqual(await contentsOf(t, root), []);
  t.deepEqual(said, [
    `${first.layout.fileOf(digest)} is corrupt: removed, it will be fetched again`,
  ]);
});

test('a change is noticed although size and mtime are as before', async (t) => {
  const root = await emptyDirectory(t);
  const digest = await putBytes(await Store.open(root), 'bytes');
  const path = (await Store.open(root)).layout.fileOf(digest);
  await new Promise((resolve) => setTimeout(resolve, 2100));
  t.truthy(await (await Store.open(root)).get(digest), 'is stamped now');
  const { mtime } = await stat(path);
  await chmod(path, 0o644);
  await writeFile(path, 'bytez');
  await utimes(path, mtime, mtime);
  t.is(await (await Store.open(root)).get(digest), undefined);
});

test('a fresh file is not stamped: a change within one tick of the clock would not show', async (t) => {
  const root = await emptyDirectory(t);
  const digest = await putBytes(await Store.open(root), 'bytes');
  const store = await Store.open(root);
  await store.get(digest);
  t.is((await stat(store.layout.stampOf(digest))).size, 0);
});

test('temporary files of dead processes are removed, those of living ones stay', async (t) => {
  const root = await emptyDirectory(t);
  const { layout } = await Store.open(root);
  const dead = join(layout.temporary, `${DEAD}-1`);
  const alive = join(layout.temporary, `${SELF}-99`);
  await mkdir(join(dead, 'content', 'deep'), { recursive: true });
  await chmod(join(dead, 'content', 'deep'), 0o555);
  await writeFile(alive, '');
  await Store.open(root);
  t.deepEqual(await contentsOf(t, root), [`tmp/${alive.split('/').at(-1)}`]);
});

test('a dead process with our process id but another start time is dead', async (t) => {
  const root = await emptyDirectory(t);
  const { layout } = await Store.open(root);
  const [pid, , where] = SELF.split('.');
  await writeFile(join(layout.temporary, `${pid}.1.${where}-1`), '');
  await Store.open(root);
  t.deepEqual(await contentsOf(t, root), []);
});

test('work of a process on another machine stays for a day', async (t) => {
  const root = await emptyDirectory(t);
  const { layout } = await Store.open(root);
  await writeFile(join(layout.temporary, `${ELSEWHERE}-1`), '');
  await Store.open(root);
  t.is((await readdir(layout.temporary)).length, 1);
  await age(join(layout.temporary, `${ELSEWHERE}-1`), 2);
  await Store.open(root);
  t.is((await readdir(layout.temporary)).length, 0);
});

test('the download of a killed process is kept as a partial one, if it got furthest', async (t) => {
  const root = await emptyDirectory(t);
  const { layout } = await Store.open(root);
  const digest = sha256('abcdef');
  await writeFile(join(layout.temporary, `${DEAD}-1.download-${digest}`), 'abcd');
  await writeFile(layout.partialOf(digest), 'ab');
  await Store.open(root);
  t.is((await stat(layout.partialOf(digest))).size, 4);
  t.deepEqual(await contentsOf(t, root), [`partial/${digest}`]);
});

test('a directory is made once for a key, also by callers at the same time', async (t) => {
  const root = await emptyDirectory(t);
  let made = 0;
  const make = async (directory: string) => {
    made += 1;
    await writeFile(join(directory, 'file'), 'content');
  };
  const store = await Store.open(root);
  const paths = await Promise.all([1, 2, 3].map(() => store.derived('kind', 'key', make)));
  paths.push(await (await Store.open(root)).derived('kind', 'key', make));
  t.is(made, 1);
  t.is(new Set(paths).size, 1);
  t.deepEqual(await readdir(paths[0]!), ['file']);
});

test('other kinds and other keys are other directories', async (t) => {
  const store = await Store.open(await emptyDirectory(t));
  const make = async () => {};
  const paths = [
    await store.derived('kind', 'key', make),
    await store.derived('kind', 'key2', make),
    await store.derived('kind2', 'key', make),
  ];
  t.is(new Set(paths).size, 3);
});

test('a directory whose making fails leaves nothing and is made by the next caller', async (t) => {
  const root = await emptyDirectory(t);
  const store = await Store.open(root);
  const failing = async (directory: string) => {
    await writeFile(join(directory, 'half'), '');
    throw new Error('failed');
  };
  await t.throwsAsync(store.derived('kind', 'key', failing), { message: 'failed' });
  t.deepEqual(await contentsOf(t, root), []);
  await t.notThrowsAsync(store.derived('kind', 'key', async () => {}));
});

test('of two makers at the same time the second discards its own', async (t) => {
  const root = await emptyDirectory(t);
  const [one, two] = [await Store.open(root), await Store.open(root)];
  const path = await one.derived('kind', 'key', async (directory) => {
    await two.derived('kind', 'key', (inner) => writeFile(join(inner, 'file'), 'first'));
    await writeFile(join(directory, 'file'), 'second');
  });
  t.is((await stat(join(path, 'file'))).size, 'first'.length);
  t.deepEqual(await readdir(one.layout.temporary), []);
});

for (const [what, spoil] of [
  ['has a file cut short', (path: string) => writeFile(join(path, 'file'), '')],
  ['lost a file', (path: string) => rename(join(path, 'file'), join(path, 'other'))],
  ['has an empty seal', (path: string) => writeFile(join(path, '..', 'seal.json'), '')],
] as const) {
  test(`a directory that ${what}, as after a power cut, is made again`, async (t) => {
    const root = await emptyDirectory(t);
    const make = (directory: string) => writeFile(join(directory, 'file'), 'content');
    const path = await (await Store.open(root)).derived('kind', 'key', make);
    await spoil(path);
    await (await Store.open(root)).derived('kind', 'key', make);
    t.is((await stat(join(path, 'file'))).size, 'content'.length);
  });
}

test('the digest of a file outside follows its content', async (t) => {
  const root = await emptyDirectory(t);
  const store = await Store.open(join(root, 'store'));
  const file = join(root, 'k0s');
  await writeFile(file, 'one');
  t.is(await store.digestOf(file), sha256('one'));
  await writeFile(file, 'two');
  t.is(await store.digestOf(file), sha256('two'));
});

test('the store is where KILN_STORE says, else in the cache directory', (t) => {
  t.is(defaultStoreRoot({ KILN_STORE: '/s', XDG_CACHE_HOME: '/c', HOME: '/h' }), '/s');
  t.is(defaultStoreRoot({ XDG_CACHE_HOME: '/c', HOME: '/h' }), '/c/kiln');
  t.is(defaultStoreRoot({ XDG_CACHE_HOME: 'relative', HOME: '/h' }), '/h/.cache/kiln');
  t.is(defaultStoreRoot({ HOME: '/h' }), '/h/.cache/kiln');
});

test('a store that cannot be made is an error that names the variable', async (t) => {
  const root = await emptyDirectory(t);
  await writeFile(join(root, 'file'), '');
  const error = await t.throwsAsync(Store.open(join(root, 'file', 'store')), {
    instanceOf: KilnError,
  });
  t.is(error.code, 'host');
  t.snapshot(`${error.message}\n${error.hint}`.replaceAll(root, '/root'));
});
