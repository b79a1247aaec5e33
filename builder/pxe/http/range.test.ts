import test from 'ava';
import { parseRange, type Range } from './range.ts';
import { nameOf } from './resource.ts';

const WHOLE: Range = { kind: 'whole' };
const NONE: Range = { kind: 'unsatisfiable' };
const part = (first: number, last: number): Range => ({ kind: 'part', first, last });

const range = test.macro((t, header: string | undefined, sizeBytes: number, expected: Range) => {
  t.deepEqual(parseRange(header, sizeBytes), expected);
});

test('no range is the whole', range, undefined, 10, WHOLE);
test('from a byte to another', range, 'bytes=2-5', 10, part(2, 5));
test('from a byte on', range, 'bytes=2-', 10, part(2, 9));
test('a last byte behind the end is the end', range, 'bytes=2-99', 10, part(2, 9));
test('the last bytes', range, 'bytes=-3', 10, part(7, 9));
test('more last bytes than there are', range, 'bytes=-30', 10, part(0, 9));
test('the first byte', range, 'bytes=0-0', 10, part(0, 0));
test('a start at the end cannot be had', range, 'bytes=10-', 10, NONE);
test('no last bytes cannot be had', range, 'bytes=-0', 10, NONE);
test('nothing of an empty file can be had', range, 'bytes=0-', 0, NONE);
test('an end before its start is not understood', range, 'bytes=5-2', 10, WHOLE);
test('several ranges get the whole', range, 'bytes=0-1,4-5', 10, WHOLE);
test('another unit gets the whole', range, 'lines=0-1', 10, WHOLE);
test('no numbers are not understood', range, 'bytes=-', 10, WHOLE);
test(
  'a number that no file reaches is not understood',
  range,
  `bytes=${'9'.repeat(40)}-`,
  10,
  WHOLE,
);

test('a name is a path without its leading slash and what comes after it', (t) => {
  t.is(nameOf('/boot.ipxe'), 'boot.ipxe');
  t.is(nameOf('//seed//a/?x=1#y'), 'seed/a/');
  t.is(nameOf('/a%2e%5e1'), 'a.^1');
  t.is(nameOf('/%'), undefined);
});
