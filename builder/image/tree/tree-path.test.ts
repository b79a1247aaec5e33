import test from 'ava';
import { treeOf } from '../../testing/tree-fixture.ts';
import { locateInTree, namesInDirectory, resolveInTree } from './tree-path.ts';

const TREE = treeOf({
  lib: '-> usr/lib',
  'usr/lib/a': 'a',
  'usr/lib/b': '-> a',
  'usr/lib/c': '-> ../../etc/d',
  'etc/d': '-> /lib/a',
  'etc/loop': '-> loop2',
  'etc/loop2': '-> loop',
  'etc/up': '-> ../../../../usr/lib/a',
  'etc/dangling': '-> nowhere',
});

const cases: readonly [path: string, found: string | undefined][] = [
  ['usr/lib/a', 'usr/lib/a'],
  ['/lib/a', 'usr/lib/a'],
  ['lib/b', 'usr/lib/a'],
  ['lib/c', 'usr/lib/a'],
  ['lib/../lib/./b', 'usr/lib/a'],
  ['lib', 'usr/lib'],
  ['etc/up', 'usr/lib/a'],
  ['etc/loop', undefined],
  ['etc/dangling', undefined],
  ['usr/lib/a/b', undefined],
];

for (const [path, found] of cases) {
  test(`${path} leads to ${found ?? 'nothing'}`, (t) => {
    t.is(resolveInTree(TREE, path)?.path, found);
  });
}

test('an entry is located without following its own link', (t) => {
  t.is(locateInTree(TREE, 'lib/b')?.path, 'usr/lib/b');
  t.is(locateInTree(TREE, 'lib')?.kind, 'symlink');
  t.is(locateInTree(TREE, 'nowhere/b'), undefined);
});

test('names in a directory are those directly in it', (t) => {
  t.deepEqual(namesInDirectory(TREE, 'usr/lib'), ['a', 'b', 'c']);
  t.deepEqual(namesInDirectory(TREE, ''), ['etc', 'lib', 'usr']);
  t.deepEqual(namesInDirectory(TREE, 'nowhere'), []);
});
