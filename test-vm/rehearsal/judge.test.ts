import test from 'ava';
import { PLAIN_OPTIONS } from '../../builder/testing/rehearsal-fixture.ts';
import { FOUR_NODES, site } from '../../builder/testing/site-fixture.ts';
import type { Problem, Status } from '../status.ts';
import type { ClusterView, KubernetesNode } from './cluster-view.ts';
import { type Evidence, judge } from './judge.ts';
import { type NodeState, type Observation, observed, switchedOff } from './node-state.ts';
import type { RehearsalOptions } from './options.ts';
import { type Plan, planRehearsal } from './plan.ts';
import { dueCut, nextStart } from './starts.ts';

const OPTIONS: RehearsalOptions = { ...PLAIN_OPTIONS, timeoutSeconds: 900 };

function planOf(options: Partial<RehearsalOptions> = {}, more = {}): Plan {
  const host = { cores: 8, isEmulated: () => false };
  return planRehearsal(site(FOUR_NODES, more), { ...OPTIONS, ...options }, 'out/plant7', host);
}

const VIP = {
  api: {
    port: 6443,
    joinPort: 9443,
    sans: [],
    access: { kind: 'vip', address: '10.0.0.10/24', routerId: 51, nodeLocal: false },
  },
};

function error(key: string, message: string, severity = 'error'): Problem {
  return { section: 'health', key, message, severity };
}

function nodeState(name: string, ...seen: readonly (readonly [number, object])[]): NodeState {
  return seen.reduce(
    (state, [at, each]) => observed(state, { ...each, at } as Observation),
    switchedOff(name),
  );
}

function says(state: string, role: string, problems: readonly Problem[] = []): object {
  const status: Status = {
    ...{ state, role, problems, name: '', instanceId: '', addresses: [] },
    ...{ image: '', k0s: '', waitsFor: undefined },
  };
  return { kind: 'status', status };
}

const ON = [0, { kind: 'plugged-in' }] as const;

/** All four nodes ready at 60 s, but for those that are given. */
function states(other: Readonly<Record<string, NodeState>> = {}): ReadonlyMap<string, NodeState> {
  return new Map(
    FOUR_NODES.map(({ name, role }) => [
      name,
      other[name] ?? nodeState(name, ON, [60, says('ready', role)]),
    ]),
  );
}

const VERSIONS = { kubelet: '', kernel: '', os: '' };
const NODES: readonly KubernetesNode[] = ['c2', 'c3', 'w1'].map((name) => {
  return { name, isReady: true, message: '', versions: VERSIONS };
});
const GOOD: ClusterView = {
  ca: 'aa',
  reachesApi: true,
  hasVirtualAddress: false,
  kernel: '6.12',
  nodes: NODES,
  members: ['10.0.0.11', '10.0.0.12', '10.0.0.13'],
  errors: [],
};
const OF_WORKER: ClusterView = { ...GOOD, nodes: undefined, members: undefined };

function views(other: Readonly<Record<string, Partial<ClusterView>>> = {}) {
  return new Map(
    FOUR_NODES.map(({ name }) => [name, { ...(name === 'w1' ? OF_WORKER : GOOD), ...other[name] }]),
  );
}

function evidence(more: Partial<Evidence> = {}): Evidence {
  return { states: states(), views: views(), viewedAt: 61, now: 62, ...more };
}

test('all are ready, and the cluster is as it should be', (t) => {
  t.deepEqual(judge(planOf(), evidence()), { kind: 'formed', warnings: [] });
});

test('first all have to be ready, then the cluster is looked at', (t) => {
  const starting = states({ w1: nodeState('w1', ON, [50, says('starting', 'worker')]) });
  t.is(judge(planOf(), evidence({ states: starting })).kind, 'wait');
  t.is(judge(planOf(), evidence({ viewedAt: undefined })).kind, 'look');
  t.is(judge(planOf(), evidence({ viewedAt: 59 })).kind, 'look');
});

test('Kubernetes and etcd may take a while more, but not for ever', (t) => {
  const late = views({ c1: { nodes: NODES.slice(0, 2) } });
  t.is(judge(planOf(), evidence({ views: late })).kind, 'look');
  t.is(judge(planOf(), evidence({ views: late, viewedAt: 241, now: 242 })).kind, 'failed');
});

test('a box that is broken may mend itself once the others are ready', (t) => {
  const cause = error('k0s.token', 'https://10.0.0.11:6443 does not answer');
  const broken = nodeState('w1', ON, [40, says('broken', 'worker', [cause])]);
  const at = (now: number) => judge(planOf(), evidence({ states: states({ w1: broken }), now }));
  t.is(at(100).kind, 'wait');
  t.is(at(121).kind, 'failed');
});

/** What a rehearsal that failed tells, long after all has settled. */
function failures(
  plan: Plan,
  other: Readonly<Record<string, NodeState>>,
  seen: Readonly<Record<string, Partial<ClusterView>>> = {},
  now = 900,
): unknown {
  const judgement = judge(
    plan,
    evidence({ states: states(other), views: views(seen), viewedAt: now, now }),
  );
  return judgement.kind === 'failed' ? judgement.failures : judgement.kind;
}

test('each node that is wrong is named, with its cause', (t) => {
  const untrusted =
    'https://10.0.0.11:6443 is not trusted (self-signed certificate in certificate chain): the token is of another cluster, or the address leads elsewhere';
  const refused = 'https://10.0.0.11:6443 refuses the token: it is unknown there or has expired';
  const silent = 'https://10.0.0.9:6443 does not answer (No route to host)';
  const broken = (name: string, role: string, message: string) =>
    nodeState(name, ON, [60, says('broken', role, [error('k0s.token', message)])]);
  t.snapshot(failures(planOf(), { w1: broken('w1', 'worker', untrusted) }), 'wrong CA');
  t.snapshot(failures(planOf(), { w1: broken('w1', 'worker', refused) }), 'wrong token');
  t.snapshot(
    failures(
      planOf({}, VIP),
      { w1: broken('w1', 'worker', silent) },
      { c1: { hasVirtualAddress: true } },
    ),
    'wrong VIP',
  );
  const missing = failures(planOf({ without: ['w1'] }), { w1: switchedOff('w1') });
  t.snapshot(missing, 'missing');
});

test('nodes that did not boot show the end of their console', (t) => {
  const panic = { kind: 'console', kernels: 1, lines: ['Loading', 'Kernel panic - not syncing'] };
  t.snapshot(
    failures(planOf(), {
      c1: nodeState('c1', ON, [7, panic]),
      c2: nodeState('c2', ON),
      c3: nodeState('c3', ON, [9, { kind: 'ended', how: 'ended (QEMU’s exit code 1): no disk' }]),
      w1: nodeState('w1', ON, [30, { kind: 'answers', times: undefined }]),
    }),
  );
});

test('a node that is ready as something else, or found no seed, is wrong', (t) => {
  t.snapshot(
    failures(planOf(), {
      c2: nodeState('c2', ON, [60, says('ready', 'worker')]),
      w1: nodeState('w1', ON, [60, says('unconfigured', '')]),
      c3: nodeState('c3', ON, [60, says('starting', 'controller+worker')]),
    }),
  );
});

test('a node that has stopped serving says what it waits for, not what it warns of', (t) => {
  const clock = error('clock', 'no time server has answered', 'warning');
  const status = { ...says('degraded', 'controller+worker', [clock]) } as { status: Status };
  const waitsFor = 'k0scontroller.service is starting: the API waits for etcd';
  const seen = { ...status, status: { ...status.status, waitsFor } };
  t.deepEqual(failures(planOf(), { c2: nodeState('c2', ON, [60, seen]) }), [
    { node: 'c2', cause: `is not ready: ${waitsFor}` },
  ]);
});

test('what is wrong with the cluster is told of the node that it is about', (t) => {
  const other = { ...NODES[2]!, isReady: false, message: 'cni plugin not initialized' };
  t.snapshot(
    failures(
      planOf(),
      {},
      {
        c1: { nodes: [NODES[1]!, other], members: ['10.0.0.11', '10.0.0.12', '10.0.0.99'] },
        c3: { ca: 'bb' },
      },
    ),
    'registration, members, authorities',
  );
  t.snapshot(failures(planOf(), {}, { w1: { reachesApi: false } }), 'reach');
  t.snapshot(
    failures(planOf(), {}, { c1: { nodes: undefined, errors: ['nodes: Error: refused'] } }),
    'no answer',
  );
  t.snapshot(failures(planOf({}, VIP), {}), 'virtual address nowhere');
  const both = { hasVirtualAddress: true };
  t.snapshot(failures(planOf({}, VIP), {}, { c1: both, c2: both }), 'virtual address twice');
});

test('warnings do not keep a cluster from having formed', (t) => {
  const warned = nodeState('w1', ON, [
    60,
    says('ready', 'worker', [error('disk', 'nearly full', 'warning')]),
  ]);
  t.deepEqual(judge(planOf(), evidence({ states: states({ w1: warned }) })), {
    kind: 'formed',
    warnings: [{ node: 'w1', cause: 'disk: nearly full' }],
  });
});

test('that no time server answers is so in every rehearsal that is cut off', (t) => {
  const warned = nodeState('w1', ON, [
    60,
    says('ready', 'worker', [error('clock', 'no time server has answered', 'warning')]),
  ]);
  const told = (options: Partial<RehearsalOptions>) =>
    judge(planOf(options), evidence({ states: states({ w1: warned }) }));
  t.like(told({}), {
    warnings: [{ cause: 'clock: no time server answers, as in every rehearsal without --online' }],
  });
  t.like(told({ isOnline: true }), { warnings: [{ cause: 'clock: no time server has answered' }] });
});

test('nodes are switched on in turn, after the delay, or when the one before is ready', (t) => {
  const off = (name: string) => switchedOff(name);
  const only = (name: string, state: NodeState) =>
    states({ c1: off('c1'), c2: off('c2'), c3: off('c3'), w1: off('w1'), [name]: state });
  const on = only('c1', nodeState('c1', ON));
  t.is(nextStart(planOf(), { states: only('x', off('x')), now: 0 }), 'c1');
  t.is(nextStart(planOf(), { states: on, now: 0 }), 'c2');
  t.is(nextStart(planOf({ delaySeconds: 5 }), { states: on, now: 4 }), undefined);
  t.is(nextStart(planOf({ delaySeconds: 5 }), { states: on, now: 5 }), 'c2');
  const oneByOne = planOf({ isOneByOne: true });
  t.is(nextStart(oneByOne, { states: on, now: 50 }), undefined);
  const ready = only('c1', nodeState('c1', ON, [60, says('ready', 'controller')]));
  t.is(nextStart(oneByOne, { states: ready, now: 61 }), 'c2');
  t.is(nextStart(planOf(), { states: states(), now: 61 }), undefined);
});

test('one by one, nobody waits for those behind a node that will not be ready', (t) => {
  const broken = nodeState('c1', ON, [10, says('broken', 'controller', [error('k0s', 'ended')])]);
  const rest = Object.fromEntries(['c2', 'c3', 'w1'].map((name) => [name, switchedOff(name)]));
  const found = failures(planOf({ isOneByOne: true }), { c1: broken, ...rest }, {}, 100);
  t.snapshot(found);
});

test('a plug is pulled once all are ready, or after its time', (t) => {
  const plan = planOf();
  const cut = { node: 'c2' };
  t.is(dueCut(plan, [cut], { states: states(), now: 61 }), cut);
  const starting = states({ w1: nodeState('w1', ON, [50, says('starting', 'worker')]) });
  t.is(dueCut(plan, [cut], { states: starting, now: 61 }), undefined);
  const timed = { node: 'c2', afterSeconds: 30 };
  t.is(dueCut(plan, [timed], { states: starting, now: 29 }), undefined);
  t.is(dueCut(plan, [timed], { states: starting, now: 30 }), timed);
});
