import test from 'ava';
import { Report } from '../report/diagnostic.ts';
import { formatDiagnostics } from '../report/format.ts';
import { mergeDocuments } from './merge.ts';
import type { YamlNode } from './node.ts';
import { parseYaml } from './parse.ts';

function merge(...texts: readonly string[]) {
  const report = new Report();
  const documents = texts.map((text, index) => parseYaml({ name: `${index}.yaml`, text }, report));
  const node = mergeDocuments(documents, { replaced: ['source'], lists: 'append' }, report);
  return { node, plain: node && plainOf(node), errors: formatDiagnostics(report.diagnostics) };
}

function plainOf(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map((item) => plainOf(item));
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plainOf(value)]));
}

test('scalars replace, lists append, maps merge', (t) => {
  const { plain, errors } = merge(
    'a: 1\nl: [x]\nm: { a: 1, b: 2 }',
    'a: 2\nl: [y]\nm: { b: 3, c: 4 }',
  );
  t.deepEqual(plain, { a: 2, l: ['x', 'y'], m: { a: 1, b: 3, c: 4 } });
  t.is(errors, '');
});

test('what is in the list already is not repeated', (t) => {
  t.deepEqual(merge('l: [x, y]', 'l: [y, z]').plain, { l: ['x', 'y', 'z'] });
});

test('an item with a minus takes one away, and the same item without puts it at the end', (t) => {
  t.deepEqual(merge('l: [x, y]', 'l: [-x]').plain, { l: ['y'] });
  t.deepEqual(merge('l: [x, y]', 'l: [-x, x]').plain, { l: ['y', 'x'] });
});

test('an empty value takes an entry away', (t) => {
  t.deepEqual(merge('m: { a: 1, b: 2 }', 'm: { a: ~ }').plain, { m: { b: 2 } });
});

test('what has several shapes is replaced as a whole', (t) => {
  t.deepEqual(merge('source: { version: 1, sha256: x }', 'source: { path: y }').plain, {
    source: { path: 'y' },
  });
  t.deepEqual(merge('source: { version: 1 }', 'other: 1').plain, {
    source: { version: 1 },
    other: 1,
  });
});

test('taking away what is not there is an error that names the nearest', (t) => {
  t.snapshot(merge('l: [bash, dash]\nm: { one: 1 }', 'l: [-bahs]\nm: { oen: ~ }').errors);
  t.snapshot(merge('l: [-bash]').errors);
});

test('values point at the file that they come from', (t) => {
  const { node } = merge('a: 1\nl: [x]', 'l: [y]');
  const list = node?.kind === 'map' ? node.entries.get('l')?.value : undefined;
  t.deepEqual(list?.kind === 'list' ? list.items.map((item) => item.at.file.name) : [], [
    '0.yaml',
    '1.yaml',
  ]);
});

/** The same where lists replace, and `raw` is handed on as it is. */
function replace(...texts: readonly string[]) {
  const report = new Report();
  const documents = texts.map((text, index) => parseYaml({ name: `${index}.yaml`, text }, report));
  const rules = { replaced: ['map.source'], lists: 'replace', raw: ['map.raw'] } as const;
  const node = mergeDocuments(documents, rules, report);
  return { plain: node && plainOf(node), errors: formatDiagnostics(report.diagnostics) };
}

test('where lists replace, a minus in front means nothing', (t) => {
  t.deepEqual(replace('l: [x, y]', 'l: [-x, y]'), { plain: { l: ['-x', 'y'] }, errors: '' });
});

test('a key below others can be replaced as a whole too', (t) => {
  const { plain } = replace('map: { source: { a: 1 }, other: 1 }', 'map: { source: { b: 2 } }');
  t.deepEqual(plain, { map: { source: { b: 2 }, other: 1 } });
});

test('in a raw map an empty value is a value', (t) => {
  const { plain, errors } = replace(
    'map: { raw: { a: 1, b: { c: ~ } } }',
    'map: { raw: { a: ~ } }',
  );
  t.deepEqual(plain, { map: { raw: { a: null, b: { c: null } } } });
  t.is(errors, '');
});
