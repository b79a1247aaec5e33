import { outcomeOf } from './judge.ts';
import { type NodeState, readyAt } from './node-state.ts';
import type { Cut } from './options.ts';
import type { Plan } from './plan.ts';

/** A cut that has not been made yet, and when its node was switched on. */
export interface Situation {
  readonly states: ReadonlyMap<string, NodeState>;
  readonly now: number;
}

/** The node whose turn it is to be switched on now, if it is any's. Pure. */
export function nextStart(plan: Plan, { states, now }: Situation): string | undefined {
  const startedAt = plan.order.map((name) => pluggedInAt(states.get(name)));
  const index = startedAt.indexOf(undefined);
  const next = plan.order[index];
  if (next === undefined || index === 0) return next;
  const before = states.get(plan.order[index - 1] ?? '');
  if (plan.isOneByOne && (before === undefined || readyAt(before) === undefined)) return undefined;
  const last = Math.max(...startedAt.slice(0, index).map((at) => at ?? 0));
  return now - last >= plan.delaySeconds ? next : undefined;
}

/** The first of the cuts that are left whose time has come. Pure. */
export function dueCut(
  plan: Plan,
  left: readonly Cut[],
  { states, now }: Situation,
): Cut | undefined {
  const allAreReady = plan.nodes
    .filter(({ staysOff }) => !staysOff)
    .every((node) => outcomeOf(node, { states, now }) === 'ready');
  return left.find(({ node, afterSeconds }) => {
    if (afterSeconds === undefined) return allAreReady;
    const at = pluggedInAt(states.get(node));
    return at !== undefined && now - at >= afterSeconds;
  });
}

function pluggedInAt(state: NodeState | undefined): number | undefined {
  return state?.stages.find(({ stage }) => stage === 'firmware')?.at;
}
