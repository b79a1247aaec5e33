import test from 'ava';
import { endedLines, liveLines, plainBeat, plainEnd, type StepState } from './step-lines.ts';

function step(part: Partial<StepState>): StepState {
  return {
    title: 'Fetch',
    startedAt: 1000,
    outcome: 'running',
    done: 0,
    note: '',
    children: [],
    ...part,
  };
}
const SCREEN = { columns: 60, rows: 24 };

test('a running step shows bar, percentage, time and what it does', (t) => {
  const fetch = step({ total: 200, done: 90, note: 'libc6' });
  t.deepEqual(liveLines([fetch], 4200, SCREEN), ['⠹ Fetch █████████░░░░░░░░░░░ 45 % 3.2 s libc6']);
});

test('steps inside a step are indented, ended ones too', (t) => {
  const inner = [
    step({ title: 'squashfs', outcome: 'done', endedAt: 3000 }),
    step({ title: 'verity', startedAt: 3000 }),
    step({ title: 'sign', outcome: 'skipped', note: 'no key' }),
  ];
  t.snapshot(liveLines([step({ title: 'Root', children: inner })], 3500, SCREEN));
});

test('more steps than the screen has rows: the last ones are shown', (t) => {
  const steps = ['a', 'b', 'c', 'd'].map((title) => step({ title }));
  t.deepEqual(liveLines(steps, 1000, { columns: 60, rows: 3 }), ['⠋ c 0.0 s', '⠋ d 0.0 s']);
});

test('a line never wraps', (t) => {
  const [line] = liveLines([step({ note: 'x'.repeat(100) })], 1000, { columns: 30, rows: 9 });
  t.is(line, '⠋ Fetch 0.0 s xxxxxxxxxxxxxx…');
  t.is(line?.length, 29);
});

test('nothing to do is all done, and too much is not more than all', (t) => {
  t.regex(liveLines([step({ total: 0 })], 1000, SCREEN)[0] ?? '', / 100 % /);
  t.regex(liveLines([step({ total: 10, done: 20 })], 1000, SCREEN)[0] ?? '', / 100 % /);
});

test('what ended stays with its mark and its time', (t) => {
  const ended = [
    step({ outcome: 'done', endedAt: 1040 }),
    step({ outcome: 'failed', endedAt: 13_300 }),
    step({ outcome: 'done', endedAt: 186_000 }),
    step({ outcome: 'skipped', endedAt: 1000, note: 'the lock is current' }),
  ];
  t.snapshot(ended.flatMap((each) => endedLines(each, 80)));
  t.snapshot(ended.map((each) => plainEnd(each, ['Build'])));
});

test('a log line of a long step says how far it is', (t) => {
  t.is(
    plainBeat(step({ total: 3, done: 1, note: 'libc6' }), ['Build'], 31_000),
    'Build: Fetch: 33 %, libc6, 30 s so far',
  );
  t.is(plainBeat(step({}), [], 31_000), 'Fetch: 30 s so far');
});
