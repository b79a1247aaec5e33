import { truncateSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { failureOf, rangeOf, temporaryDirectory, treeOf } from '../../testing/tree-fixture.ts';
import { digestOf, peekContent, readContent, readText, sizeOf, textContent } from './content.ts';

const BIG = Buffer.alloc(2_500_000, 'kiln ');

test('bytes in memory and a range of a file read the same', async (t) => {
  const directory = temporaryDirectory(t);
  const range = rangeOf(directory, Buffer.from('hello world'), 7);
  for (const content of [textContent('hello world'), range]) {
    t.is(sizeOf(content), 11);
    t.is((await readContent(content)).toString(), 'hello world');
    t.is((await peekContent(content, 6, 100)).toString(), 'world');
    t.is((await peekContent(content, 99, 5)).length, 0);
    t.is(digestOf(content), range.sha256);
  }
});

test('an empty range needs no bytes', async (t) => {
  const range = rangeOf(temporaryDirectory(t), Buffer.alloc(0));
  t.is((await readContent(range)).length, 0);
});

test('a changed byte is an error that says how to repair the store', async (t) => {
  const directory = temporaryDirectory(t);
  for (const bytes of [Buffer.from('small'), BIG]) {
    const range = rangeOf(directory, bytes);
    const changed = Buffer.from(bytes);
    changed[3] = 0;
    writeFileSync(range.file, changed);
    t.snapshot(await failureOf(() => readContent(range), { [directory]: '<store>' }));
  }
});

test('a file that became shorter, or is gone, is an error', async (t) => {
  const directory = temporaryDirectory(t);
  const range = rangeOf(directory, BIG);
  truncateSync(range.file, 100);
  await t.throwsAsync(readContent(range), { message: /no longer have/ });
  const lost = { ...range, file: `${directory}/nowhere` };
  t.snapshot(await failureOf(() => readContent(lost), { [directory]: '<store>' }));
});

test('text of a tree is found through symlinks, and nothing is no error', async (t) => {
  const tree = treeOf({ 'etc/a': '-> ../usr/a', 'usr/a': 'text', 'etc/gone': '-> nowhere' });
  t.is(await readText(tree, 'etc/a'), 'text');
  t.is(await readText(tree, 'etc/gone'), undefined);
  t.is(await readText(tree, 'etc'), undefined);
});
