import test from 'ava';
import { bmapText } from '../../image/artifacts/bmap.ts';
import { parseBmap } from './bmap-file.ts';

const RANGES = [
  { start: 0, end: 20_480, sha256: 'a'.repeat(64) },
  { start: 1_048_576, end: 1_052_672, sha256: 'b'.repeat(64) },
  { start: 2_097_152, end: 2_099_000, sha256: 'c'.repeat(64) },
];
const TEXT = bmapText(2_099_000, RANGES);

test('a map that Kiln wrote is read as it was', (t) => {
  t.deepEqual(parseBmap(TEXT), { imageBytes: 2_099_000, ranges: RANGES });
});

const refused = test.macro((t, from: string | RegExp, to: string, message: RegExp) => {
  const text = TEXT.replace(from, to);
  t.not(text, TEXT);
  t.throws(() => parseBmap(text), { message });
});

test('another format is refused', refused, 'version="2.0"', 'version="1.3"', /no block map/);
test('other digests are refused', refused, '> sha256 <', '> md5 <', /not SHA-256/);
test('a map without a size is refused', refused, '> 2099000 <', '> x <', /no image size/);
test('blocks of no size are refused', refused, '> 4096 <', '> 0 <', /no block size/);
test('a range without a digest is missed', refused, 'b'.repeat(64), 'b'.repeat(63), /lacks some/);
test('ranges that overlap are refused', refused, '> 256 <', '> 4 <', /range 2 is out of order/);
