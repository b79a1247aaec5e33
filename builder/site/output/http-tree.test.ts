import { lstat, mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { nodeFiles } from '../../testing/node-files.ts';
import { contents, NODES, place, write } from '../../testing/site-output.ts';
import { INDEX } from './written-index.ts';

test('for a web server each seed is there once, and is found by name, MAC, serial number and UUID', async (t) => {
  const directory = await place(t);
  const { http } = await write(directory, contents(), { http: true });
  t.true(http);
  const root = join(directory, 'http');
  const listed = (await readdir(root, { recursive: true })).sort();
  // Node's versions do not agree on whether links are followed here.
  const own = listed.filter((name) => !/^(?:mac|name|serial|uuid)\/.*\//.test(name));
  const lines = own.map(async (name) => {
    const found = await lstat(join(root, name));
    const mode = (found.mode & 0o777).toString(8);
    if (found.isSymbolicLink()) return `${name} -> ${await readlink(join(root, name))}`;
    return `${name}${found.isDirectory() ? '/' : ''} ${mode}`;
  });
  t.snapshot(await Promise.all(lines));
  for (const key of [
    'name/w1',
    'mac/52:54:00:00:00:21',
    'serial/SN-21',
    'uuid/4c4c4544-0042-3510-8052-b4c04f4a4e31',
  ]) {
    t.is(
      await readFile(join(root, key, 'meta-data'), 'utf8'),
      nodeFiles('w1').files['meta-data'],
      key,
    );
  }
});

test('the tree for a web server follows the site, without being asked for again', async (t) => {
  const directory = await place(t);
  await write(directory, contents(), { http: true });
  const two = NODES.slice(0, 2);
  const { http } = await write(directory, contents(two, { w1: '#cloud-config\n' }));
  t.true(http);
  const root = join(directory, 'http');
  t.deepEqual((await readdir(join(root, 'seeds'))).sort(), ['c1-first', 'w1-#cloud-config\n']);
  t.deepEqual((await readdir(join(root, 'name'))).sort(), ['c1', 'w1']);
  t.is(await readFile(join(root, 'serial/SN-21/user-data'), 'utf8'), '#cloud-config\n');
});

test('the tree for a web server follows the site also when the index is gone', async (t) => {
  const directory = await place(t);
  await write(directory, contents(), { http: true });
  await rm(join(directory, INDEX));
  t.true((await write(directory, contents())).http);
});

test('a tree that is wanted no more goes, but for files that are not Kiln’s', async (t) => {
  const directory = await place(t);
  await write(directory, contents(), { http: true });
  await writeFile(join(directory, 'http/index.html'), 'mine');
  await mkdir(join(directory, 'http/name/mine'));
  await writeFile(join(directory, 'http/seeds/w1-first/mine'), 'mine');
  t.false((await write(directory, contents(), { http: false })).http);
  t.deepEqual((await readdir(join(directory, 'http'), { recursive: true })).sort(), [
    ...['index.html', 'name', 'name/mine', 'seeds', 'seeds/w1-first', 'seeds/w1-first/mine'],
  ]);
  t.false((await write(directory, contents())).http);
});
