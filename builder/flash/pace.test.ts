import test from 'ava';
import { sizeText } from './devices/size-text.ts';
import { paceOf, paceText } from './pace.ts';

test('speed and time left are told', (t) => {
  t.is(paceText(50_000_000, 150_000_000, 2000), '25.0 MB/s, 4 s left');
  t.is(paceText(1_000_000, 100_000_000, 1000), '1.0 MB/s, 1 min 39 s left');
  t.is(paceText(7, 7, 1000), '7 bytes/s, 0 s left');
});

test('nothing is told as long as nothing is known', (t) => {
  t.is(paceText(0, 100, 10), '');
  t.is(paceText(100, 100, 0), '');
});

test('a meter gets what is done, and notes the pace', (t) => {
  const seen: (string | number)[] = [];
  let now = 1000;
  const meter = {
    expect: (total: number) => seen.push(total),
    advance: (amount: number) => seen.push(amount),
    note: (text: string) => seen.push(text),
  };
  const advance = paceOf(meter, 4_000_000, () => now);
  now += 500;
  advance(1_000_000);
  t.deepEqual(seen, [4_000_000, 1_000_000, '2.0 MB/s, 2 s left']);
});

test('sizes are told as disks are sold', (t) => {
  t.is(sizeText(999), '999 bytes');
  t.is(sizeText(999_960), '1.0 MB');
  t.is(sizeText(31_914_983_424), '31.9 GB');
  t.is(sizeText(2e15), '2.0 PB');
});
