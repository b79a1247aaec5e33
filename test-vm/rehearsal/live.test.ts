import test from 'ava';
import { capturedStream } from '../../builder/testing/captured-stream.ts';
import { PLAIN_OPTIONS } from '../../builder/testing/rehearsal-fixture.ts';
import { FOUR_NODES, site } from '../../builder/testing/site-fixture.ts';
import { Live } from './live.ts';
import { observed, switchedOff } from './node-state.ts';
import { planRehearsal } from './plan.ts';

const PLAN = planRehearsal(site(FOUR_NODES), PLAIN_OPTIONS, 'out', {
  cores: 8,
  isEmulated: () => false,
});

function shown(isTty: boolean): string {
  const { stream, text } = capturedStream(isTty, 60, 10);
  const before = switchedOff('c1');
  const after = observed(before, { at: 1, kind: 'plugged-in' });
  const live = new Live(PLAN, stream, isTty, () => 2);
  live.changed(before, new Map([['c1', after]]));
  live[Symbol.dispose]();
  return text();
}

test('a log has lines', (t) => {
  t.is(shown(false), '[   2 s] c1: firmware\n');
});

test('a terminal has a table, of which the last picture stays', (t) => {
  const text = shown(true);
  t.regex(text, /plant7: 0 of 4 nodes are ready, 2 s/);
  t.regex(text, /c1 +controller +10\.0\.0\.11 +firmware +1 s/);
  t.regex(text, /w1 +worker +10\.0\.0\.21 +off/);
});
