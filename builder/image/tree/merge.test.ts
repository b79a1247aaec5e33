import test, { type ExecutionContext } from 'ava';
import {
  EPOCH,
  type Files,
  failureOf,
  listing,
  temporaryDirectory,
  unpackedOf,
} from '../../testing/tree-fixture.ts';
import { mergeLayers } from './merge.ts';
import { packageLayer } from './package-layer.ts';

type Spec = readonly [name: string, files: Files, control?: Readonly<Record<string, string>>];

function merge(t: ExecutionContext, ...specs: readonly Spec[]) {
  const directory = temporaryDirectory(t);
  const layers = specs.map(([name, files, control]) =>
    packageLayer(unpackedOf(directory, name, files, control)),
  );
  return mergeLayers(new Map(), layers, EPOCH);
}

const USRMERGE: Spec = [
  'base-files 13',
  { usr: '/', 'usr/lib': '/', lib: '-> usr/lib', bin: '-> usr/bin' },
];

test('entries are in byte order, and missing parents are made', (t) => {
  const tree = merge(t, [
    'a 1',
    { 'usr/b': 'x', 'usr/a-b': 'x', 'usr/a/c': 'xy', 'opt/x/y': '4755:x' },
  ]);
  t.deepEqual(
    listing(tree),
    [
      '755 0:0 opt/',
      '755 0:0 opt/x/',
      '4755 0:0 opt/x/y: 1 bytes',
      '755 0:0 usr/',
      '755 0:0 usr/a/',
      '644 0:0 usr/a-b: 1 bytes',
      '644 0:0 usr/a/c: 2 bytes',
      '644 0:0 usr/b: 1 bytes',
    ].sort((x, y) => compare(x, y)),
  );
});

function compare(x: string, y: string): number {
  const path = (line: string) => (line.split(' ')[2] ?? '').replace(/[:/]$/, '');
  return Buffer.compare(Buffer.from(path(x)), Buffer.from(path(y)));
}

test('what is shipped below /lib and /bin lands in /usr, in whatever order packages come', (t) => {
  const old: Spec = [
    'old 1',
    { 'lib/x': 'x', lib: '/', 'bin/y': '-> /lib/x', 'lib/z': '=> lib/x' },
  ];
  for (const specs of [
    [USRMERGE, old],
    [old, USRMERGE],
  ]) {
    const tree = merge(t, ...specs);
    t.deepEqual(
      [...tree.keys()],
      ['bin', 'lib', 'usr', 'usr/bin', 'usr/bin/y', 'usr/lib', 'usr/lib/x', 'usr/lib/z'],
    );
    t.is(tree.get('lib')?.kind, 'symlink');
  }
});

test('the first package decides about a directory that several have', (t) => {
  const tree = merge(t, ['a 1', { 'var/x': '1777:/' }], ['b 1', { 'var/x': '/', var: '/' }]);
  t.is(tree.get('var/x')?.mode, 0o1777);
  t.is(tree.get('var/x')?.origin, 'a 1');
});

test('a hard link becomes a file of its own', (t) => {
  const tree = merge(t, ['a 1', { 'usr/x': '755:abc', 'usr/y': '755:=> usr/x' }]);
  t.deepEqual(listing(tree).slice(1), ['755 0:0 usr/x: 3 bytes', '755 0:0 usr/y: 3 bytes']);
});

const replaces: readonly [title: string, first: Spec, second: Spec, winner: string | undefined][] =
  [
    [
      'Replaces without a version',
      ['a 1', { f: 'a' }],
      ['b 1', { f: 'b' }, { Replaces: 'a' }],
      'b 1',
    ],
    [
      'Replaces in the version',
      ['a 1.2', { f: 'a' }],
      ['b 1', { f: 'b' }, { Replaces: 'x, a (<< 1.3)' }],
      'b 1',
    ],
    [
      'Replaces of an older version',
      ['a 1.4', { f: 'a' }],
      ['b 1', { f: 'b' }, { Replaces: 'a (<< 1.3)' }],
      undefined,
    ],
    [
      'Replaces by the one that came first',
      ['a 1', { f: 'a' }, { Replaces: 'b' }],
      ['b 1', { f: 'b' }],
      'a 1',
    ],
    [
      'Replaces of another package',
      ['a 1', { f: 'a' }],
      ['b 1', { f: 'b' }, { Replaces: 'c' }],
      undefined,
    ],
  ];

for (const [title, first, second, winner] of replaces) {
  test(`${title} ${winner === undefined ? 'is a conflict' : `leaves the file to ${winner}`}`, async (t) => {
    if (winner === undefined) {
      t.regex(await failureOf(() => merge(t, first, second)), /\/f is in both/);
    } else t.is(merge(t, first, second).get('f')?.origin, winner);
  });
}

const conflicts: readonly [title: string, ...specs: readonly Spec[]][] = [
  ['one file in two packages', ['a 1', { 'usr/f': 'same' }], ['b 2', { 'usr/f': 'same' }]],
  ['one symlink in two packages', ['a 1', { f: '-> x' }], ['b 2', { f: '-> x' }]],
  ['several at once', ['a 1', { f: '1', g: '2' }], ['b 2', { f: '1', g: '2' }]],
  ['one file by two names', USRMERGE, ['a 1', { 'lib/f': '1' }], ['b 2', { 'usr/lib/f': '1' }]],
  [
    'a file where another has a directory',
    ['a 1', { 'usr/x/y': '1', 'usr/x': '/' }],
    ['b 2', { 'usr/x': '1' }],
  ],
  [
    'a directory where another has a symlink',
    ['a 1', { 'usr/x': '-> y' }],
    ['b 2', { 'usr/x': '/' }],
  ],
  ['a path through a symlink', ['a 1', { 'usr/x': '-> /etc' }], ['b 2', { 'usr/x/passwd': '1' }]],
  [
    'a path through a symlink of the same package',
    ['a 1', { 'usr/x': '-> ../..', 'usr/x/etc': '1' }],
  ],
  [
    'a path through a top-level symlink out of /usr',
    ['a 1', { evil: '-> etc' }],
    ['b 2', { 'evil/passwd': '1' }],
  ],
  ['a path through a file', ['a 1', { 'usr/x': '1', 'usr/x/y': '1' }]],
];

for (const [title, ...specs] of conflicts) {
  test(`${title} is refused, naming both and what to do`, async (t) => {
    t.snapshot(await failureOf(() => merge(t, ...specs)));
  });
}

const dishonest: readonly [title: string, files: Files][] = [
  ['..', { 'usr/../etc/passwd': '1' }],
  ['a leading slash', { '/etc/passwd': '1' }],
  ['an empty component', { 'usr//x': '1' }],
  ['a line feed', { 'usr/a\nb': '1' }],
  ['a zero byte', { 'usr/a\0b': '1' }],
  ['a hard link out of the package', { 'usr/x': '=> etc/shadow' }],
  ['a hard link to a symlink', { 'usr/x': '=> usr/y', 'usr/y': '-> z' }],
  ['a symlink without a target', { 'usr/x': '-> ' }],
];

for (const [title, files] of dishonest) {
  test(`a package with ${title} is refused`, async (t) => {
    t.snapshot(await failureOf(() => merge(t, ['evil 1', files])));
  });
}
