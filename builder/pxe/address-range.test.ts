import test from 'ava';
import { parseAddressRange } from './address-range.ts';

test('two addresses are a range, the first one first', (t) => {
  const range = { first: '10.9.0.50', last: '10.9.1.5' };
  t.deepEqual(parseAddressRange('10.9.0.50-10.9.1.5'), range);
  for (const text of [
    '10.9.1.5-10.9.0.50',
    '10.9.0.50',
    '10.9.0.256-10.9.1.5',
    '10.9.0.1,10.9.0.2',
    '',
  ]) {
    t.is(parseAddressRange(text), undefined, text);
  }
});
