import { isDeepStrictEqual } from 'node:util';
import type { Problem, Status } from '../status.ts';
import { plain } from './console-text.ts';

/** Where a node is between being switched on and doing its work; the last ones are the box's own states. */
export type Stage =
  | 'off'
  | 'firmware'
  | 'kernel'
  | 'initrd'
  | 'booting'
  | 'unconfigured'
  | 'configuring'
  | 'starting'
  | 'ready'
  | 'degraded'
  | 'broken';

/** A stage and when it began, in seconds since the rehearsal did. */
export interface StageChange {
  readonly stage: Stage;
  readonly at: number;
}

/** What is known of a node, all of it from outside. */
export interface NodeState {
  readonly name: string;
  /** In order; the last one is now. */
  readonly stages: readonly StageChange[];
  readonly status: Status | undefined;
  /** Since when the problems are these. */
  readonly problemsSince: number;
  /** How often a kernel has started since the plug was put in. */
  readonly kernels: number;
  /** The last lines of its console. */
  readonly console: readonly string[];
  /** Why it is off, when nobody has switched it off. */
  readonly ended: string | undefined;
}

/** Seconds from the kernel's start, as the manager in the box tells them; undefined where there is no initrd. */
export interface BootTimes {
  readonly initrd: number | undefined;
  readonly userspace: number;
}

/** One thing that was seen of a node. `at` is in seconds since the rehearsal began. */
export type Observation = { readonly at: number } & (
  | { readonly kind: 'plugged-in' }
  | { readonly kind: 'plug-pulled' }
  | { readonly kind: 'ended'; readonly how: string }
  | { readonly kind: 'console'; readonly kernels: number; readonly lines: readonly string[] }
  | { readonly kind: 'answers'; readonly times: BootTimes | undefined }
  | { readonly kind: 'status'; readonly status: Status }
);

/** A node before the rehearsal. Pure. */
export function switchedOff(name: string): NodeState {
  return {
    name,
    stages: [{ stage: 'off', at: 0 }],
    status: undefined,
    problemsSince: 0,
    kernels: 0,
    console: [],
    ended: undefined,
  };
}

/** What is known of a node after one thing more was seen; the same object when that is no news. Pure. */
export function observed(state: NodeState, seen: Observation): NodeState {
  switch (seen.kind) {
    case 'plugged-in':
      return entered(
        { ...state, kernels: 0, status: undefined, ended: undefined },
        'firmware',
        seen.at,
      );
    case 'plug-pulled':
      return entered({ ...state, status: undefined }, 'off', seen.at);
    case 'ended':
      return entered({ ...state, status: undefined, ended: seen.how }, 'off', seen.at);
    case 'console':
      return withConsole(state, seen);
    case 'answers':
      return withBootTimes(state, seen);
    case 'status':
      return withStatus(state, seen.status, seen.at);
  }
}

export function stageOf(state: NodeState): Stage {
  return state.stages.at(-1)?.stage ?? 'off';
}

/** When the stage of now began. */
export function since(state: NodeState): number {
  return state.stages.at(-1)?.at ?? 0;
}

/** When it was first ready after its plug was last put in; undefined as long as it was not. */
export function readyAt(state: NodeState): number | undefined {
  const start = state.stages.findLastIndex(({ stage }) => stage === 'firmware');
  return state.stages.slice(start).find(({ stage }) => stage === 'ready')?.at;
}

/** What there is to tell of it now, in one line: its first problem, or what it waits for. */
export function messageOf({ status, ended, console, stages }: NodeState): string {
  if (ended !== undefined) return ended;
  const [first] = sorted(status?.problems ?? []);
  const isError = first !== undefined && rank(first) === 0;
  const waitsFor = isError ? undefined : status?.waitsFor;
  // That no time server answers is no reason for anything else.
  if (waitsFor !== undefined && (first === undefined || first.key === 'clock'))
    return plain(waitsFor);
  if (first !== undefined) return plain(`${first.key}: ${first.message}`);
  const stage = stages.at(-1)?.stage;
  return stage === 'firmware' || stage === 'kernel' ? (console.at(-1) ?? '') : '';
}

/** Errors before warnings, otherwise as the box told them. */
export function sorted(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => rank(a) - rank(b));
}

function rank({ severity }: Problem): number {
  return severity === 'warning' ? 1 : 0;
}

function withConsole(
  state: NodeState,
  { kernels, lines, at }: Extract<Observation, { kind: 'console' }>,
): NodeState {
  if (kernels === state.kernels && isDeepStrictEqual(lines, state.console)) return state;
  const next = { ...state, kernels, console: lines };
  // A kernel that starts once more: the box has restarted, on its own or because its watchdog made it.
  return kernels > state.kernels ? entered({ ...next, status: undefined }, 'kernel', at) : next;
}

function withBootTimes(
  state: NodeState,
  { times, at }: Extract<Observation, { kind: 'answers' }>,
): NodeState {
  const kernel = state.stages.at(-1);
  if (kernel?.stage !== 'kernel' || times === undefined) return entered(state, 'booting', at);
  const within = (seconds: number): number => Math.min(at, kernel.at + seconds);
  const initrd =
    times.initrd === undefined ? state : entered(state, 'initrd', within(times.initrd));
  return entered(initrd, 'booting', within(times.userspace));
}

const STAGES: Readonly<Record<string, Stage>> = {
  unconfigured: 'unconfigured',
  configuring: 'configuring',
  starting: 'starting',
  ready: 'ready',
  degraded: 'degraded',
  broken: 'broken',
};

function withStatus(state: NodeState, status: Status, at: number): NodeState {
  if (isDeepStrictEqual(status, state.status)) return state;
  const isSame = textOf(status.problems) === textOf(state.status?.problems ?? []);
  const next = { ...state, status, problemsSince: isSame ? state.problemsSince : at };
  return entered(next, STAGES[status.state] ?? 'booting', at);
}

function textOf(problems: readonly Problem[]): string {
  return JSON.stringify(problems.map(({ key, message, severity }) => [key, message, severity]));
}

function entered(state: NodeState, stage: Stage, at: number): NodeState {
  return stageOf(state) === stage ? state : { ...state, stages: [...state.stages, { stage, at }] };
}
