import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterView } from './cluster-view.ts';
import type { Fleet } from './fleet.ts';
import { type Judgement, judge } from './judge.ts';
import { lookAtCluster } from './look.ts';
import type { Cut } from './options.ts';
import type { Plan } from './plan.ts';
import { dueCut, nextStart } from './starts.ts';

const TICK_MS = 500;
/** Between two looks at the cluster: they cost a busy node seconds. */
const LOOK_AGAIN_MS = 5000;
/** How long a plug stays pulled. */
const OFF_MS = 3000;

/** What came of a rehearsal. */
export interface Outcome {
  readonly judgement: Extract<Judgement, { kind: 'formed' | 'failed' }>;
  readonly views: ReadonlyMap<string, ClusterView>;
  /** When it was decided, in seconds since the rehearsal began. */
  readonly seconds: number;
}

/**
 * Switches the nodes on as planned, pulls plugs, and watches until there is a verdict.
 * @param clock seconds since the rehearsal began
 */
export async function runRehearsal(
  plan: Plan,
  fleet: Fleet,
  clock: () => number,
  signal: AbortSignal,
): Promise<Outcome> {
  let cuts: readonly Cut[] = plan.cuts;
  let views: ReadonlyMap<string, ClusterView> = new Map();
  let viewedAt: number | undefined;
  for (;;) {
    signal.throwIfAborted();
    const situation = { states: fleet.states, now: clock() };
    const next = nextStart(plan, situation);
    if (next !== undefined) {
      await fleet.plugIn(next);
      continue;
    }
    const cut = dueCut(plan, cuts, situation);
    if (cut !== undefined) {
      cuts = cuts.filter((other) => other !== cut);
      await pullAndPutBack(fleet, cut.node, signal);
      continue;
    }
    const judgement = judge(plan, { ...situation, views, viewedAt });
    const isEarly = judgement.kind === 'formed' && cuts.length > 0;
    if ((judgement.kind === 'formed' && !isEarly) || judgement.kind === 'failed') {
      return { judgement, views, seconds: clock() };
    }
    if (judgement.kind === 'look') {
      if (viewedAt !== undefined) await pause(LOOK_AGAIN_MS, signal);
      viewedAt = clock();
      views = await lookAtCluster(fleet, plan.goal);
    }
    await pause(TICK_MS, signal);
  }
}

async function pullAndPutBack(fleet: Fleet, node: string, signal: AbortSignal): Promise<void> {
  await fleet.cut(node);
  await pause(OFF_MS, signal);
  await fleet.plugIn(node);
}

/** Ends at once, with the reason, when the user interrupts. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}
