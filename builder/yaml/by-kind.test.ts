import test from 'ava';
import { DiagnosticsError } from '../report/format.ts';
import { oneOrMore, shortOrLong } from './by-kind.ts';
import { defaulted, object, optional, required } from './collections.ts';
import { decodeYaml } from './decode.ts';
import { mapped, placed } from './decoder.ts';
import { jsonObject } from './json.ts';
import { integer, oneOf, text } from './scalars.ts';

const DECODER = object({
  names: optional(
    oneOrMore(text({ accepts: (value) => !value.includes(' '), expected: 'a text of one word' })),
  ),
  port: optional(
    shortOrLong<object>(
      mapped(oneOf('any', 'none'), (word) => ({ word })),
      object({ from: required(integer(1, 9)), to: defaulted(integer(1, 9), 9) }),
    ),
  ),
  raw: optional(jsonObject()),
  item: optional(placed(text())),
});

function decode(source: string) {
  return decodeYaml({ name: 'a.yaml', text: source }, DECODER).value;
}

function errors(source: string): string {
  try {
    return JSON.stringify(decode(source));
  } catch (error) {
    return error instanceof DiagnosticsError ? error.message : String(error);
  }
}

test('one item needs no brackets', (t) => {
  t.deepEqual(decode('names: a').names, ['a']);
  t.deepEqual(decode('names: [a, b]').names, ['a', 'b']);
});

test('a word stands for a map', (t) => {
  t.deepEqual(decode('port: any').port, { word: 'any' });
  t.deepEqual(decode('port: { from: 2 }').port, { from: 2, to: 9 });
});

test('a raw map is what JSON can say', (t) => {
  const raw = { a: [1, true, null, { b: 'c' }], __proto__: null };
  t.deepEqual(decode('raw: { a: [1, true, ~, { b: c }] }').raw, { a: raw.a });
  t.true(Object.hasOwn(decode('raw: { __proto__: x }').raw ?? {}, '__proto__'));
});

test('a placed value knows where it was written', (t) => {
  const { item } = decode('item: here');
  t.deepEqual([item?.value, item?.node.at.start, item?.node.at.end], ['here', 6, 10]);
});

test('what is wrong is reported at its place, in either form', (t) => {
  t.snapshot(errors('names: "a b"\nport: all\nraw: []\nitem: 5\n'));
  t.snapshot(errors('names: [a, "b c", a]\nport: { from: 0, too: 1 }\nraw: { a: .nan }\n'));
  t.snapshot(errors('names: { a: b }\nport: ~\nraw: x\n'));
  t.snapshot(errors('names: []\nport: []\n'));
});

test('the schema has both forms', (t) => {
  t.snapshot(DECODER.schema('whole'));
});
