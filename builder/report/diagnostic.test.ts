import test from 'ava';
import { type Diagnostic, joinFindings, lineAndColumn, Report } from './diagnostic.ts';

const FILE = { name: 'b.yaml', text: 'packages: [nano, vim]\n' };

function finding(message: string, start: number, name = FILE.name): Diagnostic {
  const file = name === FILE.name ? FILE : { ...FILE, name };
  return { message, at: { file, start, end: start + 1 } };
}

test('findings of two looks are sorted by file and place; those without a place come first', (t) => {
  const joined = joinFindings(
    [finding('late', 9), finding('other file', 3, 'c.yaml')],
    [finding('early', 2), { message: 'nowhere' }],
  );
  t.deepEqual(
    joined.map(({ message }) => message),
    ['nowhere', 'early', 'late', 'other file'],
  );
});

test('a second look has nothing to add where the first has complained, else everything', (t) => {
  const joined = joinFindings(
    [finding('no such flavour', 4)],
    [finding('no such package', 4), finding('one reason', 7), finding('another reason', 7)],
  );
  t.deepEqual(
    joined.map(({ message }) => message),
    ['no such flavour', 'one reason', 'another reason'],
  );
});

test('lines and columns count from 1, columns in characters', (t) => {
  const file = { name: 'a.yaml', text: 'a: 🦀 b\n\nlast' };
  const at = (start: number) => lineAndColumn({ file, start, end: start });
  t.deepEqual(at(0), { line: 1, column: 1 });
  t.deepEqual(at(file.text.indexOf('b')), { line: 1, column: 6 });
  t.deepEqual(at(file.text.indexOf('\n')), { line: 1, column: 7 });
  t.deepEqual(at(file.text.indexOf('\n') + 1), { line: 2, column: 1 });
  t.deepEqual(at(file.text.length), { line: 3, column: 5 });
});

test('a range has one error and one warning; a warning is no error', (t) => {
  const report = new Report();
  const at = { file: FILE, start: 0, end: 4 };
  report.warn('unusual', at);
  t.true(report.isEmpty);
  report.error('wrong', at);
  report.error('wrong in another way', at);
  report.error('wrong', { ...at, end: 5 });
  t.deepEqual(
    report.diagnostics.map(({ message }) => message),
    ['wrong', 'wrong'],
  );
  t.deepEqual(
    report.warnings.map(({ message }) => message),
    ['unusual'],
  );
});

test('ten thousand errors in a large file take no time to speak of', (t) => {
  const text = 'a: 1\n'.repeat(20_000);
  const file = { name: 'large.yaml', text };
  const report = new Report();
  const started = performance.now();
  for (let start = 0; start < text.length; start += 10)
    report.error('x', { file, start, end: start + 1 });
  const lines = report.diagnostics.map(({ at }) => at && lineAndColumn(at).line);
  t.is(lines.at(-1), 19_999);
  t.true(performance.now() - started < 2000);
});
