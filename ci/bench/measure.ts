import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { toolName } from '../../builder/tools/tool-error.ts';
import type { Sample } from './summary.ts';

/** How often a running program is looked at: short enough to see its memory near its largest. */
const LOOK_EVERY_MS = 25;
/** Clock ticks in a second, as /proc counts them: 100 on every Linux that Node runs on (proc(5)). */
const TICKS = 100;

export interface Program {
  readonly argv: readonly string[];
  readonly cwd?: string;
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end and says what that took.
 * @throws Error with the end of its stderr when it fails
 */
export async function measure({ argv, cwd, env }: Program): Promise<Sample> {
  const [program = '', ...args] = argv;
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const watch = new Watch(child);
  const timer = setInterval(() => watch.look(), LOOK_EVERY_MS);
  const stderr = textOf(child);
  try {
    const [code] = await once(child, 'exit');
    const seconds = (performance.now() - startedAt) / 1000;
    if (code !== 0) throw new Error(`${argv.join(' ')} failed (${code}):\n${await stderr}`);
    return { seconds, ...watch.seen() };
  } finally {
    clearInterval(timer);
  }
}

async function textOf({ stderr }: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of stderr ?? []) text = (text + chunk.toString()).slice(-4000);
  return text;
}

/** Looks at a program and at all that it started, through /proc: both numbers only ever grow. */
class Watch {
  readonly #root: number;
  readonly #tools = new Map<number, { readonly name: string; readonly memoryMiB: number }>();
  #memoryMiB = 0;
  #cpuSeconds = 0;

  constructor({ pid }: ChildProcess) {
    if (pid === undefined) throw new Error('the program could not be started');
    this.#root = pid;
  }

  look(): void {
    const pids = familyOf(this.#root);
    this.#memoryMiB = Math.max(this.#memoryMiB, largestMemoryMiB(this.#root));
    // A program that has ended is in the count of the one that waited for it.
    const cpuSeconds = pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
    this.#cpuSeconds = Math.max(this.#cpuSeconds, cpuSeconds);
    for (const pid of pids.filter((each) => each !== this.#root)) {
      const memoryMiB = largestMemoryMiB(pid);
      if (memoryMiB > 0) this.#tools.set(pid, { name: nameOf(pid), memoryMiB });
    }
  }

  seen(): Omit<Sample, 'seconds'> {
    const none = { name: '', memoryMiB: 0 };
    const tools = [...this.#tools.values()];
    const tool = tools.reduce(
      (one, other) => (one.memoryMiB >= other.memoryMiB ? one : other),
      none,
    );
    return { cpuSeconds: this.#cpuSeconds, memoryMiB: this.#memoryMiB, tool };
  }
}

function familyOf(pid: number): readonly number[] {
  const threads = lenient(() => readdirSync(`/proc/${pid}/task`), []);
  const children = threads.flatMap((thread) =>
    textAt(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}

/** proc_pid_status(5): the "high water mark" of the resident memory. */
function largestMemoryMiB(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(textAt(`/proc/${pid}/status`)) ?? [];
  return Math.round(Number(kilobytes ?? 0) / 1024);
}

/** Processor time of all programs that this one has started and that have ended. */
export function cpuSecondsOfEnded(): number {
  return cpuSeconds('self', 16, 17);
}

/** Its own time and that of its children that have ended. */
function cpuSecondsOf(pid: number): number {
  return cpuSeconds(pid, 14, 17);
}

/** The sum of some fields of proc_pid_stat(5), counted from 1. */
function cpuSeconds(pid: number | 'self', first: number, last: number): number {
  // The second field is the program's name in parentheses, and may have blanks.
  const fields = textAt(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  const ticks = fields.slice(first - 3, last - 2).reduce((sum, field) => sum + Number(field), 0);
  return ticks / TICKS;
}

function nameOf(pid: number): string {
  return toolName(textAt(`/proc/${pid}/cmdline`).split('\0'));
}

function textAt(path: string): string {
  return lenient(() => readFileSync(path, 'utf8'), '');
}

/** A process may end while it is looked at. */
function lenient<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
