import test from 'ava';
import { appliesTo, formatDependency, isWithin, parseDependencies } from './dependency.ts';

test('a relationship field is read with bounds, alternatives, qualifiers and restrictions', (t) => {
  t.deepEqual(parseDependencies('a (>= 1:2~x) | b:any [amd64 arm64], c<!nocheck> , '), [
    [
      {
        name: 'a',
        bound: { relation: '>=', version: '1:2~x' },
        architectures: [],
        profiles: [],
      },
      { name: 'b', qualifier: 'any', architectures: ['amd64', 'arm64'], profiles: [] },
    ],
    [{ name: 'c', architectures: [], profiles: ['<!nocheck>'] }],
  ]);
});

test('an empty field has no dependencies', (t) => {
  t.deepEqual(parseDependencies(''), []);
});

test('a folded field is read as one line', (t) => {
  t.deepEqual(parseDependencies('a,\n b (=1)\n | c').map(formatDependency), ['a', 'b (= 1) | c']);
});

test('the obsolete < and > mean "or equal", as dpkg reads them', (t) => {
  t.deepEqual(parseDependencies('a (< 1), b (> 1)').map(formatDependency), [
    'a (<= 1)',
    'b (>= 1)',
  ]);
});

for (const bad of [
  'a (1)',
  'a (>= )',
  'A',
  'a b',
  'a (>= x)',
  '|',
  'a (>= 1',
  'a [amd64',
  'a:',
  '$a',
]) {
  test(`an unreadable relationship is an error that shows it: ${bad}`, (t) => {
    const error = t.throws(() => parseDependencies(bad), { code: 'verification' });
    t.regex(error?.message ?? '', /^cannot read the package relationship ".*"$/);
  });
}

test('an atom holds on the architectures that it names, or on all but those', (t) => {
  const holds = (text: string): readonly boolean[] => {
    const [[atom] = []] = parseDependencies(text);
    return ['amd64', 'arm64'].map((architecture) => appliesTo(atom!, architecture));
  };
  t.deepEqual(holds('a'), [true, true]);
  t.deepEqual(holds('a [amd64]'), [true, false]);
  t.deepEqual(holds('a [!amd64]'), [false, true]);
  t.deepEqual(holds('a [any]'), [true, true]);
  t.deepEqual(holds('a <!nocheck>'), [false, false]);
});

test('a bound holds for versions on its side', (t) => {
  const versions = ['1', '2', '3'];
  const within = (relation: '<<' | '<=' | '=' | '>=' | '>>') =>
    versions.filter((version) => isWithin(version, { relation, version: '2' }));
  t.deepEqual(within('<<'), ['1']);
  t.deepEqual(within('<='), ['1', '2']);
  t.deepEqual(within('='), ['2']);
  t.deepEqual(within('>='), ['2', '3']);
  t.deepEqual(within('>>'), ['3']);
  t.true(isWithin('1', undefined));
});
