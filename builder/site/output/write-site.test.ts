import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import type { Meter } from '../../report/progress.ts';
import { nodeFiles } from '../../testing/node-files.ts';
import { siteNode } from '../../testing/site-fixture.ts';
import { contents, NODES, place, SILENT_METER, write } from '../../testing/site-output.ts';
import { seedIso } from '../seed-iso/seed-iso.ts';
import { INDEX } from './written-index.ts';

/** Everything that tells a file from one that was written again. */
async function identities(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(directory, { recursive: true });
  const entries = names.sort().map(async (name) => {
    const { ino, mtimeMs, mode } = await lstat(join(directory, name));
    return [name, `${ino} ${mtimeMs} ${mode.toString(8)}`] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

test('the first run writes each ISO, for its owner alone', async (t) => {
  const directory = await place(t);
  const written = await write(directory, contents());
  t.deepEqual(written, {
    ...{ directory, removed: [], http: false },
    changes: ['new', 'new', 'new'],
  });
  t.deepEqual((await readdir(directory)).sort(), [
    ...[INDEX, 'admin.kubeconfig', 'c1.iso', 'w1.iso', 'w2.iso'],
  ]);
  t.is((await stat(directory)).mode & 0o7777, 0o700);
  for (const name of await readdir(directory)) {
    t.is((await stat(join(directory, name))).mode & 0o7777, 0o600, name);
  }
  const iso = await readFile(join(directory, 'w1.iso'));
  t.true(iso.equals(seedIso(nodeFiles('w1'))));
});

test('the zeros at the end of an ISO take no room', async (t) => {
  const directory = await place(t);
  await write(directory, contents());
  const { size, blocks } = await stat(join(directory, 'w1.iso'));
  t.true(size > 350_000);
  t.true(blocks * 512 < 130_000, `${blocks} blocks`);
});

test('a run that changes nothing touches nothing', async (t) => {
  const directory = await place(t);
  await write(directory, contents(), { http: true });
  const before = await identities(directory);
  const { changes } = await write(directory, contents());
  t.deepEqual(changes, ['same', 'same', 'same']);
  t.deepEqual(await identities(directory), before);
});

test('a change of one node rewrites only its ISO', async (t) => {
  const directory = await place(t);
  await write(directory, contents());
  const before = await identities(directory);
  const { changes } = await write(directory, contents(NODES, { w1: '#cloud-config\n' }));
  t.deepEqual(changes, ['same', 'changed', 'same']);
  const after = await identities(directory);
  t.deepEqual(
    Object.keys(after).filter((name) => after[name] !== before[name]),
    ['w1.iso'],
  );
});

test('a damaged ISO is written again, wherever the damage is', async (t) => {
  const directory = await place(t);
  await write(directory, contents());
  const [c1, w1, w2] = ['c1', 'w1', 'w2'].map((name) => join(directory, `${name}.iso`));
  const flipped = await readFile(c1 ?? '');
  flipped[flipped.length - 1] = 1;
  await writeFile(c1 ?? '', flipped);
  await truncate(w1 ?? '', 2048);
  await writeFile(w2 ?? '', '');
  const { changes } = await write(directory, contents());
  t.deepEqual(changes, ['changed', 'changed', 'changed']);
  t.deepEqual((await write(directory, contents())).changes, ['same', 'same', 'same']);
});

test('modes that became wider are narrowed again, and no file is rewritten for it', async (t) => {
  const directory = await place(t);
  await write(directory, contents());
  const before = await identities(directory);
  await chmod(directory, 0o755);
  await chmod(join(directory, 'w1.iso'), 0o644);
  t.deepEqual((await write(directory, contents())).changes, ['same', 'same', 'same']);
  t.deepEqual(await identities(directory), before);
  t.is((await stat(directory)).mode & 0o7777, 0o700);
});

test('a link in the place of an ISO is replaced, and what it led to stays', async (t) => {
  const directory = await place(t);
  await write(directory, contents());
  const elsewhere = join(directory, '..', 'elsewhere');
  await writeFile(elsewhere, 'mine');
  const path = join(directory, 'w9.iso');
  await symlink(elsewhere, path);
  await write(directory, contents([...NODES, siteNode('w9', 'worker', 29)]));
  t.true((await lstat(path)).isFile());
  t.is(await readFile(elsewhere, 'utf8'), 'mine');
});

test('a directory in the place of an ISO is an error that names it', async (t) => {
  const directory = await place(t);
  await mkdir(join(directory, 'w1.iso'), { recursive: true });
  const error = await t.throwsAsync(write(directory, contents()), { instanceOf: KilnError });
  t.is(error?.message, `${directory}/w1.iso is a directory, where a file is to be written`);
});

test('a file in the place of the directory is an error of the host', async (t) => {
  const directory = await place(t);
  await writeFile(directory, '');
  const error = await t.throwsAsync(write(directory, contents()), { instanceOf: KilnError });
  t.is(error?.message, `${directory}: there is a file where a directory is needed`);
});

test('the ISO of a node that is gone is removed, and no file that Kiln has not written', async (t) => {
  const directory = await place(t);
  await write(directory, contents());
  await writeFile(join(directory, 'mine.iso'), 'mine');
  const { removed } = await write(directory, contents(NODES.slice(0, 2)));
  t.deepEqual(removed, ['w2.iso']);
  t.deepEqual((await readdir(directory)).sort(), [
    ...[INDEX, 'admin.kubeconfig', 'c1.iso', 'mine.iso', 'w1.iso'],
  ]);
  t.deepEqual((await write(directory, contents(NODES.slice(0, 2)))).removed, []);
});

for (const [what, text] of [
  ['is damaged', '{"format":1,'],
  ['leads out of the directory', '{"format":1,"http":false,"files":["../mine","w2.iso"]}'],
  ['is of another format', '{"format":2,"http":false,"files":["w2.iso"]}'],
] as const) {
  test(`an index that ${what} lets nothing be removed`, async (t) => {
    const directory = await place(t);
    await write(directory, contents());
    await writeFile(join(directory, '..', 'mine'), 'mine');
    await writeFile(join(directory, INDEX), text);
    const { removed } = await write(directory, contents(NODES.slice(0, 2)));
    t.deepEqual(removed, []);
    t.true((await readdir(directory)).includes('w2.iso'));
    t.is(await readFile(join(directory, '..', 'mine'), 'utf8'), 'mine');
  });
}

test('an interrupted run leaves whole files and nothing else, and the next one does the rest', async (t) => {
  const directory = await place(t);
  const old = Array.from({ length: 40 }, (_, i) => siteNode(`w${i}`, 'worker', i + 1));
  const nodes = Array.from({ length: 40 }, (_, i) => siteNode(`w${i + 20}`, 'worker', i + 21));
  await write(directory, contents(old));
  const stop = new AbortController();
  let count = 0;
  const meter: Meter = {
    ...SILENT_METER,
    advance: () => {
      count += 1;
      if (count === 17) stop.abort(new KilnError('interrupted', 'interrupted'));
    },
  };
  const error = await t.throwsAsync(
    write(directory, contents(nodes), { signal: stop.signal, meter }),
  );
  t.is(error?.message, 'interrupted');
  for (const name of await readdir(directory)) {
    if (!name.endsWith('.iso')) continue;
    const iso = await readFile(join(directory, name));
    t.true(iso.equals(seedIso(nodeFiles(name.replace('.iso', '')))), name);
  }
  const leftovers = (await readdir(directory)).filter((name) => !/^[w.]|kubeconfig$/.test(name));
  t.deepEqual(leftovers, []);

  const { removed, changes } = await write(directory, contents(nodes));
  t.is(removed.length, 20);
  t.true(changes.includes('new') && changes.includes('same'));
  t.is((await readdir(directory)).filter((name) => name.endsWith('.iso')).length, 40);
});

test('two runs at a time do not mix', async (t) => {
  const directory = await place(t);
  const one = contents(NODES, { w1: 'one', w2: 'one' });
  const other = contents(NODES, { w1: 'other', w2: 'other' });
  await Promise.all([write(directory, one), write(directory, other)]);
  const texts = await Promise.all(
    ['w1', 'w2'].map((name) => readFile(join(directory, `${name}.iso`), 'latin1')),
  );
  const words = texts.map((text) => text.includes('one') && !text.includes('other'));
  t.is(words[0], words[1]);
});
