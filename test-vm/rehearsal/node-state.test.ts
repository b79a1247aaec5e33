import test from 'ava';
import type { Problem, Status } from '../status.ts';
import { parseBootTimes } from './boot-times.ts';
import {
  messageOf,
  type NodeState,
  type Observation,
  observed,
  readyAt,
  stageOf,
  switchedOff,
} from './node-state.ts';

const HEALTHY: Status = {
  state: 'ready',
  role: 'worker',
  name: 'w1',
  instanceId: 'plant7-w1-1',
  addresses: ['10.0.0.21/24'],
  image: '0.1.0',
  k0s: 'v1',
  waitsFor: undefined,
  problems: [],
};

function status(state: string, more: Partial<Status> = {}): Omit<Observation, 'at'> {
  return { kind: 'status', status: { ...HEALTHY, state, ...more } } as Omit<Observation, 'at'>;
}

function problem(message: string, severity = 'error'): Problem {
  return { section: 'health', key: 'k0s.token', message, severity };
}

function seen(...observations: readonly (readonly [number, object])[]): NodeState {
  return observations.reduce(
    (state, [at, each]) => observed(state, { ...each, at } as Observation),
    switchedOff('w1'),
  );
}

const ON = { kind: 'plugged-in' };
const KERNEL = { kind: 'console', kernels: 1, lines: ['EFI stub'] };
const ANSWERS = { kind: 'answers', times: { initrd: 4, userspace: 20 } };

test('a node goes from the firmware to being ready, and the box tells afterwards when its initrd began', (t) => {
  const state = seen(
    [0, ON],
    [6, KERNEL],
    [40, ANSWERS],
    [41, status('configuring')],
    [50, status('starting')],
    [60, status('ready')],
  );
  t.snapshot(state.stages);
  t.is(readyAt(state), 60);
});

test('a box that tells no times, or later ones than it was heard, was up when it was heard', (t) => {
  const late = { kind: 'answers', times: { initrd: 90, userspace: 99 } };
  t.deepEqual(
    seen([0, ON], [6, KERNEL], [40, late]).stages.map(({ at }) => at),
    [0, 0, 6, 40, 40],
  );
  const silent = seen([0, ON], [6, KERNEL], [40, { kind: 'answers', times: undefined }]);
  t.deepEqual(silent.stages.at(-1), { stage: 'booting', at: 40 });
});

test('a kernel that starts once more is a restart, and nothing that was said before counts', (t) => {
  const up = seen([0, ON], [6, KERNEL], [40, ANSWERS], [60, status('ready')]);
  const again = observed(up, { at: 90, kind: 'console', kernels: 2, lines: [] });
  t.is(stageOf(again), 'kernel');
  t.is(again.status, undefined);
});

test('a plug that was pulled: it counts from the next time that it is put in', (t) => {
  const state = seen(
    [0, ON],
    [6, KERNEL],
    [60, status('ready')],
    [70, { kind: 'plug-pulled' }],
    [73, ON],
    [79, KERNEL],
  );
  t.is(readyAt(state), undefined);
  t.deepEqual(
    state.stages.slice(-4).map(({ stage }) => stage),
    ['ready', 'off', 'firmware', 'kernel'],
  );
  t.is(state.ended, undefined);
});

test('a machine that ended by itself says how', (t) => {
  const state = seen([0, ON], [3, { kind: 'ended', how: 'ended (QEMU’s exit code 1)' }]);
  t.is(stageOf(state), 'off');
  t.is(messageOf(state), 'ended (QEMU’s exit code 1)');
});

test('problems have their age, errors come first, and nothing in them steers a terminal', (t) => {
  const first = seen([0, ON], [50, status('starting', { problems: [problem('a')] })]);
  t.is(first.problemsSince, 50);
  const same = observed(first, {
    ...status('broken', { problems: [problem('a')] }),
    at: 60,
  } as Observation);
  t.is(same.problemsSince, 50);
  const other = observed(same, {
    ...status('broken', { problems: [problem('w', 'warning'), problem('\u001b[2Jb\n c')] }),
    at: 70,
  } as Observation);
  t.is(other.problemsSince, 70);
  t.is(messageOf(other), 'k0s.token: b c');
});

test('what is no news leaves the very same state', (t) => {
  const state = seen([0, ON], [6, KERNEL], [60, status('ready')]);
  t.is(observed(state, { ...KERNEL, at: 61 } as Observation), state);
  t.is(observed(state, { ...status('ready'), at: 61 } as Observation), state);
});

test('what k0s waits for is told, and the end of the console as long as nothing else is', (t) => {
  t.is(messageOf(seen([0, ON], [6, KERNEL])), 'EFI stub');
  t.is(messageOf(seen([0, ON], [9, status('starting', { waitsFor: 'no answer' })])), 'no answer');
});

test("the manager's times are in microseconds, and 0 is none", (t) => {
  const text = 'InitRDTimestampMonotonic=4500000\nUserspaceTimestampMonotonic=20000000\n';
  t.deepEqual(parseBootTimes(text), { initrd: 4.5, userspace: 20 });
  t.deepEqual(parseBootTimes(text.replace('4500000', '0')), { initrd: undefined, userspace: 20 });
  t.is(parseBootTimes(''), undefined);
});
