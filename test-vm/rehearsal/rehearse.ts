import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../../builder/image/arch.ts';
import { KilnError } from '../../builder/report/errors.ts';
import type { Progress } from '../../builder/report/progress.ts';
import { sha256OfFile } from '../../builder/report/sha256.ts';
import type { ProgressStream } from '../../builder/report/terminal.ts';
import type { Toolbox } from '../../builder/tools/toolbox.ts';
import type { Accel } from '../spec.ts';
import { gatherEvidence } from './evidence.ts';
import { Fleet } from './fleet.ts';
import { warningsOf } from './judge.ts';
import { Live } from './live.ts';
import { Network } from './network.ts';
import type { NodeState, Observation } from './node-state.ts';
import type { Plan } from './plan.ts';
import {
  type BootAccount,
  type BootedRelease,
  nodeRecords,
  type RehearsalRecord,
} from './record.ts';
import { reportHtml } from './report/html.ts';
import { type Outcome, runRehearsal } from './run.ts';

/** A release that nodes boot. */
export interface Image {
  /** Its disk image. */
  readonly path: string;
  readonly accel: Accel;
  readonly release: BootedRelease;
}

/** What a rehearsal works with: its doors to the outside. */
export interface RehearsalWork {
  readonly toolbox: Toolbox;
  readonly images: ReadonlyMap<Arch, Image>;
  /** Where logs and the report go. */
  readonly logs: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Where the nodes are shown while they start. */
  readonly stream: ProgressStream;
  readonly isTty: boolean;
  readonly date: Date;
  /** Called with the verdict, while the nodes still run. */
  readonly onVerdict: (record: RehearsalRecord, fleet: Fleet, network: Network) => Promise<void>;
}

/**
 * Boots the nodes of a plan and watches their cluster form. Logs and report are written whatever comes of it;
 * when it returns or throws, no machine runs any more.
 * @throws KilnError `interrupted`; `host` when QEMU cannot run; `verification` when a seed is not what it was
 */
export async function rehearse(plan: Plan, work: RehearsalWork): Promise<RehearsalRecord> {
  const { toolbox, logs, signal, stream, isTty } = work;
  await mkdir(logs, { recursive: true, mode: 0o700 });
  const seeds = await digestsOf(plan);
  const history: object[] = [];
  const startedAt = performance.now();
  const clock = (): number => (performance.now() - startedAt) / 1000;

  await using network = await Network.open(plan, toolbox, signal);
  using live = new Live(plan, stream, isTty, clock);
  const onSeen = (
    seen: Observation,
    before: NodeState,
    states: ReadonlyMap<string, NodeState>,
  ): void => {
    live.changed(before, states);
    if (states.get(before.name) !== before) history.push({ node: before.name, ...seen });
  };
  const workshop = { toolbox, logs, signal, clock, images: work.images, onSeen };
  await using fleet = await Fleet.open(plan, network, workshop);
  const book = { plan, work, seeds, fleet, history };
  try {
    const outcome = await runRehearsal(plan, fleet, clock, signal);
    live[Symbol.dispose]();
    const boots = await work.progress.step('Asking the nodes for their logs', () =>
      gatherEvidence(fleet, logs),
    );
    signal.throwIfAborted();
    const record = await write(book, outcome, boots);
    await work.onVerdict(record, fleet, network);
    await refuseChanged(plan, seeds);
    return record;
  } catch (error) {
    if (signal.aborted) await write(book, { seconds: clock() }, new Map());
    throw error;
  }
}

interface Book {
  readonly plan: Plan;
  readonly work: RehearsalWork;
  readonly seeds: ReadonlyMap<string, string>;
  readonly fleet: Fleet;
  readonly history: readonly object[];
}

async function write(
  { plan, work, seeds, fleet, history }: Book,
  outcome: Pick<Outcome, 'seconds'> & Partial<Outcome>,
  boots: ReadonlyMap<string, BootAccount>,
): Promise<RehearsalRecord> {
  const { judgement, seconds } = outcome;
  const record: RehearsalRecord = {
    site: plan.site,
    date: work.date.toISOString(),
    verdict: judgement?.kind ?? 'interrupted',
    seconds,
    failures: judgement?.kind === 'failed' ? judgement.failures : [],
    warnings: judgement?.warnings ?? warningsOf(plan, fleet),
    order: plan.order,
    isOnline: plan.isOnline,
    lans: plan.lans,
    gateways: plan.gateways,
    releases: [...work.images.values()].map(({ release }) => release),
    nodes: nodeRecords(plan, {
      states: fleet.states,
      views: outcome.views ?? new Map(),
      boots,
      seeds,
    }),
  };
  const lines = history.map((each) => `${JSON.stringify(each)}\n`).join('');
  await writeFile(join(work.logs, 'history.jsonl'), lines);
  await writeFile(join(work.logs, 'rehearsal.json'), `${JSON.stringify(record, undefined, 2)}\n`);
  await writeFile(join(work.logs, 'report.html'), reportHtml(record, boots));
  return record;
}

async function digestsOf({ nodes }: Plan): Promise<ReadonlyMap<string, string>> {
  const digests = nodes.map(async ({ name, iso }) => [name, await sha256OfFile(iso)] as const);
  return new Map(await Promise.all(digests));
}

/** What was rehearsed has to be what is in the directory. */
async function refuseChanged(plan: Plan, before: ReadonlyMap<string, string>): Promise<void> {
  const after = await digestsOf(plan);
  const changed = plan.nodes.filter(({ name }) => before.get(name) !== after.get(name));
  if (changed.length === 0) return;
  const names = changed.map(({ iso }) => iso).join(', ');
  throw new KilnError('verification', `changed while the nodes ran: ${names}`, {
    hint: 'what was rehearsed is not what is there now; rehearse again, and write no seeds meanwhile',
  });
}
