import test from 'ava';
import { treeOf } from '../../testing/tree-fixture.ts';
import { excludePaths, globMatcher } from './exclude.ts';

const cases: readonly [
  patterns: readonly string[],
  matching: readonly string[],
  others: readonly string[],
][] = [
  [['usr/doc'], ['usr/doc', 'usr/doc/a/b'], ['usr/docs', 'usr', 'x/usr/doc']],
  [['usr/doc/**'], ['usr/doc/a', 'usr/doc/a/b'], ['usr/doc', 'usr/docs/a']],
  [['/usr/doc/'], ['usr/doc', 'usr/doc/a'], ['usr']],
  [['**/tests'], ['tests', 'a/tests', 'a/b/tests/c'], ['a/mytests', 'a/tests2']],
  [['usr/**/x.py'], ['usr/x.py', 'usr/a/b/x.py'], ['usr/ax.py', 'x.py']],
  [['a/*/c'], ['a/b/c', 'a/b/c/d'], ['a/c', 'a/b/b/c']],
  [['a?.txt'], ['ab.txt'], ['a.txt', 'abc.txt', 'a/.txt']],
  [['*.[ch]'], ['a.c', 'b.h'], ['a.o', 'x/a.c']],
  [['*.[!ch]'], ['a.o'], ['a.c']],
  [['a.b+(c)'], ['a.b+(c)'], ['axb+(c)', 'a.bb(c)']],
  [
    ['u/**', '!u/keep', 'u/keep/not'],
    ['u/a', 'u/keep/not'],
    ['u/keep', 'u/keep/yes'],
  ],
  [['!u/keep', 'u/**'], ['u/keep'], ['v']],
  [[], [], ['a']],
];

for (const [patterns, matching, others] of cases) {
  test(`the globs [${patterns}] match as they say`, (t) => {
    const matches = globMatcher(patterns);
    t.deepEqual(
      matching.filter((path) => !matches(path)),
      [],
    );
    t.deepEqual(others.filter(matches), []);
  });
}

test('a directory stays as long as something below it is kept', (t) => {
  const tree = treeOf({ 'usr/zone/Etc/UTC': 'x', 'usr/zone/Europe/Rome': 'x', 'usr/lib/a': 'x' });
  const left = excludePaths(tree, ['usr/zone', '!usr/zone/Etc/UTC']);
  t.deepEqual(
    [...left.keys()],
    ['usr', 'usr/lib', 'usr/lib/a', 'usr/zone', 'usr/zone/Etc', 'usr/zone/Etc/UTC'],
  );
});

test('a hundred globs over twenty thousand paths are quick', (t) => {
  const patterns = Array.from({ length: 100 }, (_, n) => `usr/share/p${n}/**/*.x`);
  const matches = globMatcher(patterns);
  const start = process.cpuUsage();
  let count = 0;
  for (let n = 0; n < 20_000; n++) if (matches(`usr/share/p${n % 200}/a/b/c/${n}.x`)) count++;
  t.is(count, 10_000);
  t.true(process.cpuUsage(start).user < 1_000_000);
});
