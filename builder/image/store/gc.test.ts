import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { KilnError } from '../../report/errors.ts';
import { SELF } from '../../report/owner.ts';
import { age, contentsOf, emptyDirectory, putBytes } from '../../testing/store-fixture.ts';
import { collectGarbage } from './gc.ts';
import { Store } from './store.ts';

/** A store with an old and a new file, an old and a new directory, an old and a new broken download. */
async function setup(t: ExecutionContext) {
  const store = await Store.open(await emptyDirectory(t));
  const { layout } = store;
  const [oldFile, newFile] = [await putBytes(store, 'old'), await putBytes(store, 'new')];
  await age(layout.stampOf(oldFile), 40);
  const oldDirectory = await store.derived('kind', 'old', (path) =>
    writeFile(join(path, 'file'), 'x'.repeat(10_000)),
  );
  await store.derived('kind', 'new', async () => {});
  await age(join(oldDirectory, '..', 'seal.json'), 40);
  await writeFile(layout.partialOf('0'.repeat(64)), 'old');
  await writeFile(layout.partialOf('1'.repeat(64)), 'new');
  await age(layout.partialOf('0'.repeat(64)), 40);
  return { store, oldFile, newFile };
}

const gc = (store: Store, options: { keepDays?: number; dryRun?: boolean } = {}) =>
  collectGarbage(store, { keepDays: 30, dryRun: false, now: Date.now(), ...options });

test('what was not used for long enough is removed, the rest stays', async (t) => {
  const { store, oldFile, newFile } = await setup(t);
  const { files, directories, bytesFreed } = await gc(store);
  t.deepEqual({ files, directories }, { files: 2, directories: 1 });
  t.true(bytesFreed >= 10_000);
  t.is(await store.get(oldFile), undefined);
  t.truthy(await store.get(newFile));
  t.deepEqual(await readdir(store.layout.partial), ['1'.repeat(64)]);
  t.is((await readdir(join(store.layout.derived, 'kind'))).length, 1);
});

test('a dry run says the same and removes nothing', async (t) => {
  const { store } = await setup(t);
  const before = await contentsOf(t, store.root);
  const said = await gc(store, { dryRun: true });
  t.deepEqual(await contentsOf(t, store.root), before);
  t.deepEqual(await gc(store), said);
});

test('a use keeps an entry', async (t) => {
  const { store, oldFile } = await setup(t);
  await store.get(oldFile);
  await store.derived('kind', 'old', async () => {});
  await (await Store.open(store.root)).derived('kind', 'old', async () => {});
  const { files, directories } = await gc(store);
  t.deepEqual({ files, directories }, { files: 1, directories: 0 });
});

test('with no days to keep, everything goes', async (t) => {
  const { store } = await setup(t);
  await gc(store, { keepDays: -1 });
  t.deepEqual(await contentsOf(t, store.root), []);
});

test('what a running command has used stays, however few days are to be kept', async (t) => {
  const { store, oldFile } = await setup(t);
  const other = join(store.layout.openBy, '4194305.1.00000000');
  await writeFile(other, '');
  await age(other, 1);
  const { files } = await gc(store, { keepDays: 0 });
  t.is(files, 2);
  t.is(await store.get(oldFile), undefined);
});

test('a command that starts during a collection waits for its end', async (t) => {
  const { store, newFile } = await setup(t);
  await symlink(SELF, store.layout.gcLock);
  let isOpen = false;
  const opening = Store.open(store.root).then(() => {
    isOpen = true;
  });
  const using = store.get(newFile);
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.false(isOpen);
  await rm(store.layout.gcLock);
  await opening;
  t.truthy(await using);
});

test('two collections at the same time are one too many', async (t) => {
  const { store } = await setup(t);
  await symlink(SELF, store.layout.gcLock);
  const error = await t.throwsAsync(gc(store), { instanceOf: KilnError });
  t.is(error.code, 'host');
});

test('read-only directories of packages can be removed', async (t) => {
  const { store } = await setup(t);
  await store.derived('kind', 'locked', async (path) => {
    await mkdir(join(path, 'locked'));
    await writeFile(join(path, 'locked', 'file'), '');
    await chmod(join(path, 'locked'), 0o555);
  });
  await t.notThrowsAsync(gc(store, { keepDays: -1 }));
});
