import test from 'ava';
import { compareBytes } from './byte-order.ts';

test('names are ordered as the bytes of their UTF-8, in every locale', (t) => {
  const names = ['b', 'a/b', 'a', 'a-b', 'B', 'é', '\u{1f600}', '\uff00', 'a b'];
  const bytes = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  t.deepEqual([...names].sort(compareBytes), bytes);
  t.is(compareBytes('x', 'x'), 0);
});
