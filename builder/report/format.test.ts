import test from 'ava';
import { Report, type SourceFile } from './diagnostic.ts';
import { exitCodeOf } from './errors.ts';
import { DiagnosticsError, formatDiagnostic } from './format.ts';

function range(text: string, part: string) {
  const file: SourceFile = { name: 'images/node.yaml', text };
  const start = text.indexOf(part);
  return { file, start, end: start + part.length };
}

const shown = test.macro({
  exec(t, text: string, part: string, note?: string) {
    const diagnostic = { message: 'something is wrong', at: range(text, part) };
    t.snapshot(formatDiagnostic(note === undefined ? diagnostic : { ...diagnostic, note }));
  },
  title: (title) => title ?? '',
});

test('a range is shown with its line and carets', shown, 'name: a\npakages: []\n', 'pakages');
test('a note stands below', shown, `${'\n'.repeat(99)}name: a\n`, 'a', 'first half\nsecond half');
test(
  'of a range of several lines the first is marked',
  shown,
  'a:\n  b: 1\n  c: 2\n',
  'b: 1\n  c: 2',
);
test('a tab before the range is a tab before the caret', shown, '\tname: a\n', 'name');
test('wide characters count as one column', shown, 'größe: "😀😀" # x\n', '# x');
test(
  'of a long line the part around the range is shown',
  shown,
  `${'x '.repeat(200)}here ${'y '.repeat(200)}`,
  'here',
);
test(
  'control characters do not reach the terminal',
  shown,
  'name: \u001b[31mred\u0007\r\n',
  'name',
);
test('an empty range has one caret', shown, 'name: a\n', '');

test('without a position there is only the sentence', (t) => {
  t.is(formatDiagnostic({ message: 'no', note: 'try again' }), 'error: no\n  = try again');
});

test('a report has one error for one range, ordered by file and position', (t) => {
  const report = new Report();
  const second = range('a b', 'b');
  report.error('second', second);
  report.error('echo of second', { ...second });
  report.error('first', { ...second, start: 0, end: 1 });
  report.error('nowhere', undefined);
  report.error('nowhere', undefined);
  t.deepEqual(
    report.diagnostics.map((each) => each.message),
    ['nowhere', 'first', 'second'],
  );
});

test('the error that is thrown counts, has every text and ends with code 2', (t) => {
  const diagnostics = [{ message: 'one' }, { message: 'two', at: range('a: b', 'b') }];
  const error = new DiagnosticsError('images/node.yaml', diagnostics);
  t.snapshot(error.message);
  t.is(exitCodeOf(error), 2);
  t.regex(new DiagnosticsError('x', [{ message: 'one' }]).message, /^1 error in x\n/);
});
