import test from 'ava';
import { Report } from '../report/diagnostic.ts';
import { formatDiagnostics } from '../report/format.ts';
import type { YamlNode } from './node.ts';
import { parseYaml } from './parse.ts';

function parse(text: string) {
  const report = new Report();
  const node = parseYaml({ name: 'a.yaml', text }, report);
  return { node, plain: plainOf(node), errors: formatDiagnostics(report.diagnostics) };
}

function plainOf(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map((item) => plainOf(item));
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plainOf(value)]));
}

test('values keep their kinds, keys become text', (t) => {
  const { plain, errors } = parse('a: 1\n2: x\nb: [true, ~, 0x10, yes, "1"]\nc:\n');
  t.deepEqual(plain, { a: 1, 2: 'x', b: [true, null, 16, 'yes', '1'], c: null });
  t.is(errors, '');
});

test('aliases repeat a value', (t) => {
  const { plain, errors } = parse('a: &x [1, 2]\nb: *x\n');
  t.deepEqual(plain, { a: [1, 2], b: [1, 2] });
  t.is(errors, '');
});

test('an empty file is an empty map', (t) => {
  t.deepEqual(parse('').plain, {});
  t.deepEqual(parse('# nothing\n').plain, {});
});

test('a file with a byte order mark is read', (t) => {
  t.deepEqual(parse('\uFEFFa: 1\n').plain, { a: 1 });
});

test('a file with Windows line ends is read', (t) => {
  t.deepEqual(parse('a: 1\r\nb:\r\n  - x\r\n').plain, { a: 1, b: ['x'] });
});

const refused = test.macro({
  exec(t, text: string) {
    t.snapshot(parse(text).errors);
  },
  title: (title) => `refused: ${title}`,
});

test('a key given twice', refused, 'name: a\nother: b\nname: c\n');
test('a key that is a list', refused, '[a, b]: c\n');
test('an open bracket', refused, 'a: [1, 2\nb: 3\n');
test('a tab as indentation', refused, 'a:\n\tb: 1\n');
test('an open quote', refused, 'a: "x\nb: 1\n');
test('two documents', refused, 'a: 1\n---\nb: 1\n');
test('an unknown tag', refused, 'a: !secret x\n');
test('an alias without an anchor', refused, 'a: *nobody\n');
test('an alias inside what it repeats', refused, 'a: &x\n  b: *x\n');

test('aliases that multiply without end are refused in no time', (t) => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 12; level++) {
    const alias = Array.from({ length: 10 }, () => `*a${level - 1}`);
    lines.push(`a${level}: &a${level} [${alias.join(', ')}]`);
  }
  t.regex(parse(lines.join('\n')).errors, /aliases make more than 100000 values/);
});

test('values nested without end are refused', (t) => {
  t.regex(parse('['.repeat(100) + ']'.repeat(100)).errors, /nested more than 64 deep/);
});

test('a file that is large by itself is not taken for one whose aliases multiply', (t) => {
  const report = new Report();
  const text = `[${'0,'.repeat(100_100)}]`;
  const node = parseYaml({ name: 'large.yaml', text }, report);
  t.is(node.kind === 'list' ? node.items.length : 0, 100_100);
  t.true(report.isEmpty);
});
