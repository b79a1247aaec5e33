import test from 'ava';
import { bootsIn, parseAnswer, remoteCredentials } from './remote.ts';

test('an answer is complete with its own number', (t) => {
  t.is(parseAnswer('', 1), undefined);
  t.is(parseAnswer('a\n\nkiln-remote-exit 1', 1), undefined);
  t.is(parseAnswer('a\n\nkiln-remote-exit 1 0\n', 2), undefined);
  t.deepEqual(parseAnswer('a\n\nkiln-remote-exit 2 0\n', 2), { passed: true, output: 'a\n' });
  t.deepEqual(parseAnswer('no newline\nkiln-remote-exit 3 7\n', 3), {
    passed: false,
    output: 'no newline',
  });
});

test('each start of the guest is counted', (t) => {
  t.is(bootsIn('kiln-remote-rea'), 0);
  t.is(bootsIn('kiln-remote-ready\nx\n\nkiln-remote-exit 1 0\nkiln-remote-ready\n'), 2);
});

test('what takes scripts travels as credentials and starts early', async (t) => {
  const [script, unit, dropin] = await remoteCredentials();
  t.true(script?.text.startsWith('#!/bin/sh'));
  t.snapshot([unit, dropin]);
});
