import test from 'ava';
import { countAsOne, countByAva, whyFailed } from './verdict.ts';

const FAILED = `
  ✔ disk › a disk is found
  ✘ [fail]: disk › a disk is refused
    ℹ 3 disks were seen
  ✔ disk › a disk is written
  ─

  disk › a disk is refused
  builder/disk.test.ts:12

   12: t.is(found, 'sda');

  Difference (- actual, + expected):

  - 'sdb'
  + 'sda'

  ─

  1 test failed
  2 tests skipped
  1 uncaught exception
`;

test('passed and failed tests are what ava counts, with what came down outside of a test', (t) => {
  t.deepEqual(countByAva(FAILED, false), { passed: 2, failed: 2 });
  t.deepEqual(countByAva('\n  1924 tests passed\n  1 test skipped\n', true), {
    passed: 1924,
    failed: 0,
  });
});

test('a suite that breaks off without a failed test is a failure, and so is one without tests', (t) => {
  t.deepEqual(countByAva('\n  ✔ disk › one\n  ✔ disk › two\n', false), { passed: 2, failed: 1 });
  t.deepEqual(countByAva('', true), { passed: 0, failed: 1 });
  t.deepEqual(countAsOne(false), { passed: 0, failed: 1 });
  t.deepEqual(countAsOne(true), { passed: 1, failed: 0 });
});

test('which tests failed comes first, then what ava says of them', (t) => {
  t.deepEqual(whyFailed(FAILED), [
    '  ✘ [fail]: disk › a disk is refused',
    '  disk › a disk is refused',
    '  builder/disk.test.ts:12',
    "   12: t.is(found, 'sda');",
    '  Difference (- actual, + expected):',
    "  - 'sdb'",
    "  + 'sda'",
    '  1 test failed',
    '  2 tests skipped',
    '  1 uncaught exception',
  ]);
});

test('every failed test is named, however many there are, and little else then', (t) => {
  const many = Array.from({ length: 30 }, (_, i) => `  ✘ [fail]: disk › ${i}`);
  t.deepEqual(whyFailed([...many, '  ─', '  disk › 0', '  why'].join('\n')), many);
});

test('of another program the last lines are said again', (t) => {
  const lines = Array.from({ length: 50 }, (_, i) => `line ${i}`);
  t.deepEqual(whyFailed(`${lines.join('\n')}\n`), lines.slice(-20));
});
