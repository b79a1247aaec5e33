import test from 'ava';
import { checkCredentials, factsOf, parseVerdict } from './check.ts';
import { table } from './report/report.ts';

test('an unfinished verdict is none', (t) => {
  t.is(parseVerdict(''), undefined);
  t.is(parseVerdict('a=1\nkiln-check-exi'), undefined);
});

test('a verdict passes with exit code 0 and with no other', (t) => {
  t.deepEqual(parseVerdict('a=1\nkiln-check-exit 0\n'), { passed: true, output: 'a=1\n' });
  t.deepEqual(parseVerdict('boom\nkiln-check-exit 12\n'), { passed: false, output: 'boom\n' });
});

test('facts are split at the first equals sign, other lines are not facts', (t) => {
  t.deepEqual(
    [...factsOf('a=1=2\nnoise\n=x\nb=\n')],
    [
      ['a', '1=2'],
      ['b', ''],
    ],
  );
});

test('facts are shown in two columns', (t) => {
  t.is(
    table(
      new Map([
        ['kernel', '6.12'],
        ['root hash', 'ab'],
      ]),
    ),
    'kernel     6.12\nroot hash  ab\n',
  );
});

test('the check travels as credentials that systemd makes a unit of', (t) => {
  t.snapshot(checkCredentials('exit 0\n'));
});
