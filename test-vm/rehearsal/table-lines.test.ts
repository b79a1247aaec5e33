import test from 'ava';
import { PLAIN_OPTIONS } from '../../builder/testing/rehearsal-fixture.ts';
import { FOUR_NODES, site } from '../../builder/testing/site-fixture.ts';
import type { Status } from '../status.ts';
import { type NodeState, type Observation, observed, switchedOff } from './node-state.ts';
import { planRehearsal } from './plan.ts';
import { changeLine, tableLines } from './table-lines.ts';

const PLAN = planRehearsal(site(FOUR_NODES), { ...PLAIN_OPTIONS, without: ['c3'] }, 'out', {
  cores: 2,
  isEmulated: () => true,
});

function status(state: string, problems: Status['problems'] = []): Status {
  return {
    ...{ state, problems, role: 'controller', name: 'c1', instanceId: 'i', addresses: [] },
    ...{ image: '1', k0s: '1', waitsFor: undefined },
  };
}

function seen(name: string, ...observations: readonly Observation[]): NodeState {
  return observations.reduce(observed, switchedOff(name));
}

const ON: Observation = { at: 0, kind: 'plugged-in' };
const REFUSED = {
  section: 'health',
  key: 'k0s.token',
  message: 'https://10.0.0.11:6443 refuses the token: it is unknown there or has expired',
  severity: 'error',
};
const STATES = new Map([
  ['c1', seen('c1', ON, { at: 70, kind: 'status', status: status('ready') })],
  ['c2', seen('c2', ON, { at: 12, kind: 'console', kernels: 1, lines: ['EFI stub: Loaded'] })],
  ['c3', switchedOff('c3')],
  ['w1', seen('w1', ON, { at: 75, kind: 'status', status: status('broken', [REFUSED]) })],
]);

test('a line a node, cut to the width of the terminal', (t) => {
  t.snapshot(tableLines(PLAN, STATES, 83.4, { columns: 80, rows: 24 }).join('\n'));
});

test('as many nodes as fit, and how many there are besides', (t) => {
  t.snapshot(tableLines(PLAN, STATES, 83.4, { columns: 50, rows: 5 }).join('\n'));
});

test('a log has a line for each stage and for each new problem', (t) => {
  const off = switchedOff('w1');
  const on = observed(off, ON);
  t.is(changeLine(off, on, 0.2), '[   0 s] w1: firmware');
  t.is(changeLine(on, on, 5), undefined);
  const starting = observed(on, { at: 60, kind: 'status', status: status('starting') });
  t.is(changeLine(on, starting, 60), '[  60 s] w1: starting');
  const refused = observed(starting, {
    at: 65,
    kind: 'status',
    status: status('starting', [REFUSED]),
  });
  t.regex(changeLine(starting, refused, 65) ?? '', /^\[ {2}65 s\] w1: starting: k0s.token: https:/);
  const talking = observed(on, { at: 3, kind: 'console', kernels: 0, lines: ['x'] });
  t.is(changeLine(on, talking, 3), undefined);
  const ended = observed(on, { at: 3, kind: 'ended', how: 'ended (QEMU’s exit code 1)' });
  t.is(changeLine(on, ended, 3), '[   3 s] w1: off: ended (QEMU’s exit code 1)');
});
