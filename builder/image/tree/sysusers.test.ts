import test from 'ava';
import { Report } from '../../report/diagnostic.ts';
import { formatDiagnostics } from '../../report/format.ts';
import { splitWords } from './specifiers.ts';
import { parseSysusers } from './sysusers.ts';

function parse(text: string) {
  const report = new Report();
  const file = { name: '/usr/lib/sysusers.d/x.conf (x 1.0)', text };
  const lines = parseSysusers(file, { a: 'x86-64', T: '/tmp', w: '' }, report);
  return {
    lines: lines.map(({ at, ...line }) => line),
    errors: formatDiagnostics(report.diagnostics),
  };
}

const dynamic = { kind: 'dynamic' } as const;
const user = {
  kind: 'user',
  name: 'u',
  id: dynamic,
  group: undefined,
  description: '',
  home: '/',
  shell: undefined,
  isLocked: false,
} as const;
const fixed = (id: number) => ({ kind: 'number', id }) as const;

const good: readonly [line: string, result: object | undefined][] = [
  ['', undefined],
  ['  # u u - ', undefined],
  ['r - 500-900', undefined],
  ['u u', user],
  ['u u - - - -', user],
  ['u! u 404 "HTTP User"', { ...user, id: fixed(404), description: 'HTTP User', isLocked: true }],
  [
    "u u /usr/bin/x 'A user'",
    { ...user, id: { kind: 'owner-of', path: '/usr/bin/x' }, description: 'A user' },
  ],
  [
    'u u - "P" /var/lib/p /bin/sh',
    { ...user, description: 'P', home: '/var/lib/p', shell: '/bin/sh' },
  ],
  ['u u 4:65534', { ...user, id: fixed(4), group: '65534' }],
  ['u u 4:nogroup', { ...user, id: fixed(4), group: 'nogroup' }],
  ['u u -:nogroup', { ...user, group: 'nogroup' }],
  ['u u - "%a 100%%" %T/u', { ...user, description: 'x86-64 100%', home: '/tmp/u' }],
  ['u u - "%w"', user],
  ['\tg  g  44', { kind: 'group', name: 'g', id: fixed(44) }],
  ['g g - -', { kind: 'group', name: 'g', id: dynamic }],
  ['g _g-1 /dev/x', { kind: 'group', name: '_g-1', id: { kind: 'owner-of', path: '/dev/x' } }],
  ['m u g', { kind: 'member', user: 'u', group: 'g' }],
];

for (const [line, result] of good) {
  test(`the line ${JSON.stringify(line)} is read`, (t) => {
    t.deepEqual(parse(`${line}\n`), { lines: result === undefined ? [] : [result], errors: '' });
  });
}

test('what is no line of sysusers.d is reported at its place, all at once', (t) => {
  const bad = [
    'x u -',
    'u 0root -',
    'u a/b -',
    'u u abc',
    'u u 65535',
    'g g 4294967295',
    'g g 1:2',
    'm u',
    'u u - "d" / /bin/sh more',
    'u u - "%m"',
    'u u - "%"',
    'u thisnameismuchlongerthanthirtyoneletters',
  ];
  t.snapshot(parse(`# ok\n${bad.join('\n')}\n`).errors);
});

const words: readonly [line: string, words: readonly string[]][] = [
  ['a  b\tc', ['a', 'b', 'c']],
  ['"a b" \'c d\'', ['a b', 'c d']],
  ['a" b"c', ['a bc']],
  ['"a \\" b" c\\ d', ['a " b', 'c d']],
  ['"" a', ['', 'a']],
  ['', []],
];

for (const [line, split] of words) {
  test(`${JSON.stringify(line)} has ${split.length} words`, (t) =>
    t.deepEqual(splitWords(line), split));
}
