import test from 'ava';
import { EPOCH, failureOf, listing, sourcesOf, treeOf } from '../../testing/tree-fixture.ts';
import { alternativeLinks } from './alternatives.ts';

const SOURCES = sourcesOf(`alternatives:
  awk: { link: /usr/bin/awk, target: /usr/bin/mwak }
  vi: { link: /usr/bin/vi, target: /usr/bin/vim }
`);

test('a name leads through /etc/alternatives to its program', (t) => {
  const tree = treeOf({ bin: '-> usr/bin', 'usr/bin/mawk': '755:x' });
  const alternatives = [
    { name: 'awk', link: '/usr/bin/awk', target: '/usr/bin/mawk' },
    { name: 'nawk', link: '/usr/bin/nawk', target: '/bin/mawk' },
  ];
  t.deepEqual(listing(alternativeLinks(tree, alternatives, SOURCES, EPOCH)), [
    '777 0:0 usr/bin/awk -> /etc/alternatives/awk',
    '777 0:0 etc/alternatives/awk -> /usr/bin/mawk',
    '777 0:0 usr/bin/nawk -> /etc/alternatives/nawk',
    '777 0:0 etc/alternatives/nawk -> /bin/mawk',
  ]);
});

test('targets that do not exist are reported where they are written, all at once', async (t) => {
  const tree = treeOf({ 'usr/bin/mawk': '755:x', 'usr/bin/vim': '-> vim.tiny' });
  const alternatives = [
    { name: 'awk', link: '/usr/bin/awk', target: '/usr/bin/mwak' },
    { name: 'vi', link: '/usr/bin/vi', target: '/usr/bin/vim' },
  ];
  t.snapshot(await failureOf(() => alternativeLinks(tree, alternatives, SOURCES, EPOCH)));
});
