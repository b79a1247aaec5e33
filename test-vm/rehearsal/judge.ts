import { clusterFailures } from './cluster-failures.ts';
import type { ClusterView } from './cluster-view.ts';
import { plain } from './console-text.ts';
import { causeOf, type Failure } from './failures.ts';
import { type NodeState, readyAt, since, stageOf } from './node-state.ts';
import type { Plan, PlannedNode } from './plan.ts';

/** A box that is broken gets so many seconds to mend itself, after the last node has become ready: it may have waited for that one. */
const PATIENCE_SECONDS = 60;
/** Nodes are ready a while before Kubernetes says so of them. */
const CLUSTER_SECONDS = 180;

const NO_CLOCK = 'clock: no time server answers, as in every rehearsal without --online';

/** What is known at one moment. */
export interface Evidence {
  readonly states: ReadonlyMap<string, NodeState>;
  /** What nodes see of their cluster, and when they were asked. */
  readonly views: ReadonlyMap<string, ClusterView>;
  readonly viewedAt: number | undefined;
  readonly now: number;
}

/** What comes next: more waiting, a look at the cluster from inside, or the verdict. */
export type Judgement =
  | { readonly kind: 'wait' }
  | { readonly kind: 'look' }
  | { readonly kind: 'formed'; readonly warnings: readonly Failure[] }
  | {
      readonly kind: 'failed';
      readonly failures: readonly Failure[];
      readonly warnings: readonly Failure[];
    };

/** Judges a rehearsal by what is known now. Pure. */
export function judge(plan: Plan, evidence: Evidence): Judgement {
  const { now, viewedAt } = evidence;
  const isLate = now >= plan.timeoutSeconds;
  const outcomes = plan.nodes.map(
    (node) => [node, isBlocked(plan, node, evidence) ? 'bad' : outcomeOf(node, evidence)] as const,
  );
  if (!isLate && outcomes.some(([, outcome]) => outcome === 'open')) return { kind: 'wait' };
  const settledAt = lastChange(evidence);
  const someAnswer = outcomes.some(([{ name }]) => answers(evidence.states.get(name)));
  // What flaps is looked at once when time is up.
  const isFresh =
    viewedAt !== undefined && (viewedAt >= settledAt || viewedAt >= plan.timeoutSeconds);
  if (someAnswer && !isFresh) return { kind: 'look' };
  const bad = outcomes.filter(([, outcome]) => outcome !== 'ready').map(([node]) => node);
  const ofNodes = bad.map((node) => ({
    node: node.name,
    cause: causeOf(plan, node, evidence.states.get(node.name), now),
  }));
  const isBad = new Set(bad.map(({ name }) => name));
  const ofCluster = clusterFailures(plan, evidence.views).filter(
    ({ node }) => node === undefined || !isBad.has(node),
  );
  const warnings = warningsOf(plan, evidence);
  const failures = [...ofNodes, ...ofCluster];
  if (failures.length === 0) return { kind: 'formed', warnings };
  if (ofNodes.length === 0 && !isLate && now < settledAt + CLUSTER_SECONDS) return { kind: 'look' };
  return { kind: 'failed', failures, warnings };
}

/** Whether a node is as it should be, will not be so, or may still become so. Pure. */
export function outcomeOf(
  node: PlannedNode,
  { states, now }: Pick<Evidence, 'states' | 'now'>,
): 'ready' | 'bad' | 'open' {
  const state = states.get(node.name);
  if (node.staysOff) return 'bad';
  if (state === undefined) return 'open';
  const stage = stageOf(state);
  if (state.ended !== undefined) return 'bad';
  if (stage === 'ready') return state.status?.role === node.role ? 'ready' : 'bad';
  if (stage !== 'broken' && stage !== 'degraded' && stage !== 'unconfigured') return 'open';
  const others = [...states.values()].filter(({ name }) => name !== node.name);
  const mended = Math.max(0, ...others.map((other) => readyAt(other) ?? 0));
  const from = Math.max(since(state), state.problemsSince, mended);
  return now - from >= PATIENCE_SECONDS ? 'bad' : 'open';
}

/** One by one, nobody comes after a node that will not be ready. */
function isBlocked(plan: Plan, { name }: PlannedNode, evidence: Evidence): boolean {
  if (!plan.isOneByOne) return false;
  const before = plan.order.slice(0, Math.max(0, plan.order.indexOf(name)));
  return plan.nodes.some(
    (node) => before.includes(node.name) && outcomeOf(node, evidence) === 'bad',
  );
}

/** What nodes warn of. Pure. */
export function warningsOf(
  { nodes, isOnline }: Plan,
  { states }: Pick<Evidence, 'states'>,
): readonly Failure[] {
  return nodes.flatMap(({ name }) => {
    const problems = states.get(name)?.status?.problems ?? [];
    return problems
      .filter(({ severity }) => severity === 'warning')
      .map(({ key, message }) => ({
        node: name,
        cause: key === 'clock' && !isOnline ? NO_CLOCK : plain(`${key}: ${message}`),
      }));
  });
}

function answers(state: NodeState | undefined): boolean {
  return state?.status !== undefined;
}

function lastChange({ states }: Evidence): number {
  return Math.max(0, ...[...states.values()].map(since));
}
