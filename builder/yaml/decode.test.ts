import test from 'ava';
import { DiagnosticsError } from '../report/format.ts';
import { choice, defaulted, list, object, optional, record, required } from './collections.ts';
import { decodeYaml, loadYaml } from './decode.ts';
import { type Decoder, described, jsonSchemaOf } from './decoder.ts';
import { flag, integer, oneOf, only, plainValue, text } from './scalars.ts';

const NAME = text({ pattern: /^[a-z]+$/, expected: 'a name (lower-case letters)' });
const BOX = object({
  name: required(described('What it is called.', NAME)),
  kind: defaulted(oneOf('small', 'large'), 'small'),
  size: optional(integer(1, 10)),
  open: optional(flag()),
  labels: defaulted(list(text()), []),
  values: optional(record(NAME, plainValue())),
  from: optional(
    choice<{ readonly path: string } | { readonly none: true }>({
      path: object({ path: required(text()) }),
      none: object({ none: required(only(true)) }),
    }),
  ),
});

function decode<T>(source: string, decoder: Decoder<T>) {
  return decodeYaml({ name: 'box.yaml', text: source }, decoder);
}

test('a good file gives a typed value, with defaults', (t) => {
  const { value } = decode(
    'name: box\nsize: 3\nvalues: { a: 1, b: x, c: true }\nfrom: { path: x }\n',
    BOX,
  );
  t.deepEqual(value, {
    name: 'box',
    kind: 'small',
    size: 3,
    labels: [],
    values: { a: 1, b: 'x', c: true },
    from: { path: 'x' },
  });
});

test('a key that is the name of a property of every object is a key like any other', (t) => {
  const { value } = decode('__proto__: a\nconstructor: b\n', record(text(), text()));
  t.deepEqual(Object.entries(value), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});

const refused = test.macro({
  exec(t, source: string) {
    t.snapshot(t.throws(() => decode(source, BOX), { instanceOf: DiagnosticsError })?.message);
  },
  title: (title) => `refused: ${title}`,
});

test('an unknown key', refused, 'name: box\nlables: []\n');
test('an unknown key that is like no other', refused, 'name: box\nweather: rain\n');
test('a missing key', refused, 'kind: small\n');
test('a missing key in an empty file', refused, '');
test('a list for a text', refused, 'name: [a]\n');
test('a number for a text', refused, 'name: box\nlabels: [1.10]\n');
test('a text for a list', refused, 'name: box\nlabels: a\n');
test('a text for a map', refused, 'box\n');
test('nothing for a list', refused, 'name: box\nlabels:\n');
test('a map of several lines for a text', refused, 'name:\n  first: a\n  last: b\n');
test('a text against its pattern', refused, 'name: Box7\n');
test('an empty text', refused, 'name: ""\n');
test('a word that is none of the words', refused, 'name: box\nkind: lrage\n');
test(
  'a number out of range, a number with a fraction',
  refused,
  'name: box\nsize: 11\nvalues: { a: ~ }\n',
);
test('yes for true', refused, 'name: box\nopen: yes\n');
test('an item twice', refused, 'name: box\nlabels: [a, b, a]\n');
test('a bad key of a record', refused, 'name: box\nvalues: { B: 1 }\n');
test('a choice without any of its keys', refused, 'name: box\nfrom: { pth: x }\n');
test('a choice with two of its keys', refused, 'name: box\nfrom: { path: x, none: true }\n');
test(
  'false for a key whose presence is the message',
  refused,
  'name: box\nfrom: { none: false }\n',
);
test(
  'all at once, in the order of the file',
  refused,
  'nmae: box\nsize: x\nkind: [\n  a]\nlabels: [[1], ok]\n',
);

test('a value is found by its path, and what is not written by what is around it', (t) => {
  const source = 'name: box\nlabels:\n  - one\n  - two\nvalues: { a: 1 }\n';
  const { sources } = decode(source, BOX);
  const shown = (path: readonly (string | number)[]) => {
    const at = sources.at(path);
    return source.slice(at.start, at.end);
  };
  t.is(shown(['name']), 'box');
  t.is(shown(['labels', 1]), 'two');
  t.is(shown(['labels', 'one']), 'one');
  t.is(shown(['labels', 'three']), 'labels');
  t.is(shown(['values', 'a']), '1');
  t.is(shown(['values', 'b', 'c']), 'values');
  t.is(sources.keyAt(['values'], 'a')?.start, source.indexOf('a: 1'));
  t.is(sources.keyAt(['nothing'], 'a'), undefined);
});

test('the schema says what the decoder accepts', (t) => {
  t.snapshot(jsonSchemaOf(BOX, { title: 'Box' }));
  t.snapshot(jsonSchemaOf(BOX, { title: 'Box', extent: 'part' }));
});

test('a file that is not there is a sentence, not a stack', async (t) => {
  await t.throwsAsync(loadYaml('/nowhere/box.yaml', BOX), {
    message: 'cannot read /nowhere/box.yaml: there is no such file',
  });
  await t.throwsAsync(loadYaml(import.meta.dirname, BOX), { message: /: it is a directory$/ });
});

test('a file too large for a hand-written one is not read', async (t) => {
  await t.throwsAsync(loadYaml(process.execPath, BOX), { message: /larger than 16 MB/ });
});
