import { chmod, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { SILENT } from '../../report/progress.ts';
import { contentsOf, emptyDirectory, putBytes } from '../../testing/store-fixture.ts';
import { Store } from './store.ts';
import { verifyStore } from './verify.ts';

const verify = (store: Store) => SILENT.step('verify', (meter) => verifyStore(store, meter));

const make = (directory: string) => writeFile(join(directory, 'file'), 'content');

test('an intact store is intact', async (t) => {
  const store = await Store.open(await emptyDirectory(t));
  await putBytes(store, 'bytes');
  await store.derived('kind', 'key', make);
  t.deepEqual(await verify(store), { files: 1, directories: 1, corrupt: [] });
});

test('flipped bytes are found in files and in kept results, and what is corrupt is removed', async (t) => {
  const store = await Store.open(await emptyDirectory(t));
  const digest = await putBytes(store, 'bytes');
  const file = store.layout.fileOf(digest);
  await chmod(file, 0o644);
  await writeFile(file, 'bytez');
  const directory = await store.derived('kind', 'key', make);
  const { mtime } = await stat(join(directory, 'file'));
  await writeFile(join(directory, 'file'), 'conTent');
  await utimes(join(directory, 'file'), mtime, mtime);
  const { corrupt } = await verify(store);
  t.snapshot(corrupt);
  t.deepEqual(await contentsOf(t, store.root), []);
  t.deepEqual(await verify(store), { files: 0, directories: 0, corrupt: [] });
});
