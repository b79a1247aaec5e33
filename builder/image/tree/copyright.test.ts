import test from 'ava';
import { temporaryDirectory, unpackedOf } from '../../testing/tree-fixture.ts';
import { readContent } from './content.ts';
import { collectCopyright } from './copyright.ts';

test('copyright files are found, also where the documentation is a link to another package', async (t) => {
  const directory = temporaryDirectory(t);
  const parents = { usr: '/', 'usr/share': '/', 'usr/share/doc': '/' };
  const packages = [
    unpackedOf(directory, 'a 1', {
      ...parents,
      'usr/share/doc/a': '/',
      'usr/share/doc/a/copyright': 'A',
    }),
    unpackedOf(directory, 'b 2', { ...parents, 'usr/share/doc/b': '-> a' }),
    unpackedOf(directory, 'c 3', {
      ...parents,
      'usr/share/doc/c': '/',
      'usr/share/doc/c/copyright': '-> ../a/copyright',
    }),
    unpackedOf(directory, 'd 4', { ...parents }),
  ];
  const texts = collectCopyright(packages).map(async ({ name, version, content }) => {
    return [name, version, content && (await readContent(content)).toString()];
  });
  t.deepEqual(await Promise.all(texts), [
    ['a', '1', 'A'],
    ['b', '2', 'A'],
    ['c', '3', 'A'],
    ['d', '4', undefined],
  ]);
});
