import { isIP } from 'node:net';
import { plain } from './console-text.ts';
import { type NodeState, since, stageOf } from './node-state.ts';
import type { Plan, PlannedNode } from './plan.ts';

/** Something that is not as it should be; without a node it is the whole cluster's. */
export interface Failure {
  readonly node: string | undefined;
  readonly cause: string;
}

/** Lines of a console that a message shows. */
const CONSOLE_LINES = 5;

/** Why a node is not as it should be, from what is known of it. Pure. */
export function causeOf(
  plan: Plan,
  node: PlannedNode,
  state: NodeState | undefined,
  now: number,
): string {
  if (node.staysOff) return 'is missing: it was not switched on (--without)';
  if (state === undefined) return 'was not switched on in time';
  if (state.ended !== undefined) return `its machine ${state.ended}${consoleOf(state)}`;
  const stage = stageOf(state);
  switch (stage) {
    case 'off':
      return plan.isOneByOne
        ? 'was not switched on: one by one, it comes after a node that is not ready'
        : 'was not switched on in time';
    case 'firmware':
    case 'kernel':
    case 'initrd':
      return `did not boot: ${inStage(state, now)}${consoleOf(state)}`;
    case 'booting':
      return `says nothing of itself: ${inStage(state, now)}${consoleOf(state)}`;
    case 'unconfigured':
      return 'found no seed that gives it a role, though its ISO is in the drive';
    case 'ready':
      return `is ${state.status?.role ?? 'nothing'}, and the site says ${node.role}`;
    case 'configuring':
    case 'starting':
    case 'degraded':
    case 'broken':
      return errorsOf(plan, state) ?? waitOf(state) ?? `is not ready: ${inStage(state, now)}`;
  }
}

function errorsOf(plan: Plan, { status }: NodeState): string | undefined {
  const errors = (status?.problems ?? []).filter(({ severity }) => severity !== 'warning');
  const told = errors.map(({ key, message }) => {
    const text = plain(`${key}: ${message}`);
    return `${text}${strangerIn(plan, text)}`;
  });
  return told.length === 0 ? undefined : told.join('; ');
}

/** What it waits for; a warning may be the reason, as of a server that does not answer yet. */
function waitOf({ status }: NodeState): string | undefined {
  if (status?.waitsFor === undefined) return undefined;
  const warnings = status.problems.filter(({ key }) => key !== 'clock');
  const reasons = warnings.map(({ key, message }) => `; ${key}: ${message}`);
  return plain(`is not ready: ${status.waitsFor}${reasons.join('')}`);
}

/** `; no node …` when a message is about a server that the site does not have. */
function strangerIn({ nodes, goal }: Plan, text: string): string {
  const host = /https:\/\/(\[[^\]]+\]|[^\s/:]+)/.exec(text)?.[1]?.replace(/^\[|\]$/g, '');
  if (host === undefined || isIP(host) === 0) return '';
  const known = [goal.api.host, ...nodes.flatMap(({ address }) => address ?? [])];
  if (known.includes(host)) return '';
  const own = goal.api.isVirtual
    ? `its virtual address is ${goal.api.host}`
    : `its API is at ${goal.api.host}`;
  return `; nothing in the site has the address ${host}: ${own}`;
}

function inStage(state: NodeState, now: number): string {
  return `it has been in the stage "${stageOf(state)}" for ${Math.round(now - since(state))} s`;
}

function consoleOf({ console }: NodeState): string {
  const lines = console.slice(-CONSOLE_LINES);
  if (lines.length === 0) return '; its console is empty';
  return `; the end of its console:\n${lines.map((line) => `    ${line}`).join('\n')}`;
}
