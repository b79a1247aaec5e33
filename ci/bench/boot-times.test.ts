import test from 'ava';
import { type BootTimes, bootTimesOf, comparison } from './boot-times.ts';

const FACTS: ReadonlyMap<string, string> = new Map([
  ['UserspaceTimestampMonotonic', '30500000'],
  ['InitRDTimestampMonotonic', '4500000'],
  ['ActiveEnterTimestampMonotonic', '61000000'],
  ['Uptime', '70.25'],
]);

const WATCHED = { elapsed: 80, processor: 90 };

test('phases follow from the times of the guest and the one of the host', (t) => {
  t.deepEqual(bootTimesOf(FACTS, { elapsed: 76.25, processor: 90 }), {
    firmware: 6,
    kernel: 4.5,
    initrd: 26,
    userspace: 30.5,
    total: 67,
    processor: 90,
  });
});

for (const [name, value] of [
  ['ActiveEnterTimestampMonotonic', '0'],
  ['InitRDTimestampMonotonic', ''],
  ['Uptime', 'unknown'],
] as const) {
  test(`${name}=${value} is no time`, (t) => {
    const facts = new Map([...FACTS, [name, value]]);
    t.throws(() => bootTimesOf(facts, WATCHED), {
      message: new RegExp(`did not report ${name}, but: `),
    });
  });
}

test('a box that reports nothing is told so', (t) => {
  t.throws(() => bootTimesOf(new Map(), WATCHED), { message: /did not report .*, but: nothing/ });
});

test('two images stand side by side, with medians and their ratio', (t) => {
  const boots = (...totals: readonly number[]): readonly BootTimes[] =>
    totals.map((total) => {
      const phases = { firmware: 4, kernel: 2, initrd: 10, userspace: total - 16 };
      return { ...phases, total, processor: total * 1.5 };
    });
  const text = comparison(
    { name: 'Kiln', boots: boots(40, 38, 44) },
    { name: 'untrimmed', boots: boots(100, 90, 120) },
  );
  t.snapshot(text);
  t.regex(text, /^power-on to k0s started .* 40\.00 .* 100\.00 .* 2\.5$/m);
});
