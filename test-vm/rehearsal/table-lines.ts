import { table } from '../../builder/report/table.ts';
import { messageOf, type NodeState, since, stageOf } from './node-state.ts';
import type { Plan } from './plan.ts';

/** A screen's size. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** What a terminal shows while nodes start: one line a node, no more than fit. Pure. */
export function tableLines(
  plan: Plan,
  states: ReadonlyMap<string, NodeState>,
  now: number,
  { columns, rows }: Screen,
): readonly string[] {
  const shown = plan.nodes.map(({ name, role, address, staysOff }) => {
    const state = states.get(name);
    const stage = staysOff ? 'stays off' : state === undefined ? 'off' : stageOf(state);
    const message = state === undefined ? '' : messageOf(state);
    const at = state === undefined ? 0 : since(state);
    return [name, role, address ?? 'DHCP', stage, seconds(now - at), message];
  });
  const text = table([['NODE', 'ROLE', 'ADDRESS', 'STAGE', 'FOR', ''], ...shown], ['FOR']);
  const lines = [
    `${plan.site}: ${progress(plan, states)}, ${seconds(now)}`,
    ...text.trimEnd().split('\n'),
  ];
  const room = Math.max(3, rows - 1);
  const cut = lines.length > room;
  const fitting = cut
    ? [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} nodes more`]
    : lines;
  return fitting.map((line) => shortened(line, columns - 1));
}

/** A line of a log for what has changed about a node; undefined when that is nothing to tell. Pure. */
export function changeLine(before: NodeState, after: NodeState, at: number): string | undefined {
  const message = messageOf(after);
  const isBooting = ['off', 'firmware', 'kernel', 'initrd'].includes(stageOf(after));
  const isNews = after.status !== undefined && message !== messageOf(before) && message !== '';
  if (stageOf(before) === stageOf(after) && !isNews) return undefined;
  const told = message === '' || (isBooting && after.ended === undefined) ? '' : `: ${message}`;
  return `[${seconds(at).padStart(6)}] ${after.name}: ${stageOf(after)}${told}`;
}

function progress(plan: Plan, states: ReadonlyMap<string, NodeState>): string {
  const ready = [...states.values()].filter((state) => stageOf(state) === 'ready').length;
  return `${ready} of ${plan.nodes.length} nodes are ready`;
}

function seconds(number: number): string {
  return `${Math.round(number)} s`;
}

function shortened(line: string, columns: number): string {
  const characters = Array.from(line);
  return characters.length <= columns ? line : `${characters.slice(0, columns - 1).join('')}…`;
}
