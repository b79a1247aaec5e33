import test from 'ava';
import { unknowableText } from './pxe-seeds.ts';

test('nodes that no machine can be taken for are told in one line, of many the first ones', (t) => {
  t.is(unknowableText([], 'plant7.yaml'), undefined);
  t.is(
    unknowableText(['w1'], 'plant7.yaml'),
    '1 node has no MAC, serial number or UUID in plant7.yaml and gets no seed here: w1',
  );
  const names = Array.from({ length: 40 }, (_, i) => `w${i + 1}`);
  t.is(
    unknowableText(names, 'plant7.yaml'),
    '40 nodes have no MAC, serial number or UUID in plant7.yaml and get no seed here: w1, w2, w3, w4, w5, w6, w7, w8 and 32 more',
  );
});
