import test from 'ava';
import { type Diagnostic, joinFindings } from './diagnostic.ts';

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
