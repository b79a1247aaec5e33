import test from 'ava';
import { parseParagraphs, parseSingleParagraph } from './deb822.ts';

function read(text: string, keep?: ReadonlySet<string>): readonly Record<string, string>[] {
  return [...parseParagraphs(text, keep)].map((paragraph) => Object.fromEntries(paragraph));
}

test('paragraphs are separated by any number of blank lines', (t) => {
  const expected = [{ A: '1' }, { B: '2' }];
  t.deepEqual(read('A: 1\n\nB: 2\n'), expected);
  t.deepEqual(read('\n\nA: 1\n\n \n\t\nB:2'), expected);
  t.deepEqual(read('A: 1\r\n\r\nB: 2\r\n'), expected);
  t.deepEqual(read(''), []);
});

test('continuation lines are joined by newlines, without their first space', (t) => {
  t.deepEqual(read('A: 1\n 2\n  3\n .\nB:\n x\n'), [{ A: '1\n2\n 3\n.', B: '\nx' }]);
});

test('comments are skipped', (t) => {
  t.deepEqual(read('# x\nA: 1\n# y\n 2\n'), [{ A: '1\n2' }]);
});

test('fields that are not kept are skipped with their continuation lines', (t) => {
  t.deepEqual(read('A: 1\n more\nB: 2\n more\nA2: 3\n', new Set(['B'])), [{ B: '2\nmore' }]);
});

test('a value may contain colons', (t) => {
  t.deepEqual(read('A: 1:2-3: x\n'), [{ A: '1:2-3: x' }]);
});

const MALFORMED: Readonly<Record<string, string>> = {
  'a line without a colon': 'A: 1\nwhat\n',
  'a line without a name': ': 1\n',
  'a continuation of nothing': ' x\nA: 1\n',
  'a continuation after a blank line': 'A: 1\n\n x\n',
  'a repeated field': 'A: 1\nA: 2\n',
};

for (const [what, text] of Object.entries(MALFORMED)) {
  test(`an error that shows the line: ${what}`, (t) => {
    t.snapshot(t.throws(() => read(text), { code: 'verification' })?.message);
  });
}

test('a file that must have one paragraph has exactly one', (t) => {
  t.is(parseSingleParagraph('A: 1\n', 'x').get('A'), '1');
  t.throws(() => parseSingleParagraph('', 'Release'), { message: /Release has 0 paragraphs/ });
  t.throws(() => parseSingleParagraph('A: 1\n\nB: 2\n', 'Release'), {
    message: /has 2 paragraphs/,
  });
});
