import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { Readable, type Writable } from 'node:stream';
import { $ } from 'zx/core';
import { KilnError } from '../report/errors.ts';
import { leashed, ProcessGroup } from './process-group.ts';
import { type Chunks, feed, settle, tailOf, textOf } from './program-io.ts';
import { pasteable, quote } from './quote.ts';
import { ToolError, type ToolFailure, toolName } from './tool-error.ts';

/** What every program sees; nothing of the user's environment gets through. */
const BASE_ENV = { PATH: '/nonexistent', TZ: 'UTC', LC_ALL: 'C' };

interface Surroundings {
  readonly cwd?: string;
  /** Added to `PATH=/nonexistent TZ=UTC LC_ALL=C`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program, and everything that it started, when aborted. */
  readonly signal?: AbortSignal;
}

export interface RunOptions extends Surroundings {
  /** Bytes for stdin; without it stdin is empty. They are asked for no faster than the program takes them. */
  readonly input?: Readable | Chunks | Buffer;
  /** Where stdout goes instead of memory. */
  readonly stdoutFile?: string;
  /** Exit codes that are no failure; 0 if not given. */
  readonly okExitCodes?: readonly number[];
}

export interface RunResult {
  readonly stdout: string;
  /** The last 64 KiB of it. */
  readonly stderr: string;
  readonly exitCode: number;
}

export interface StartOptions extends Surroundings {
  /** Whether the caller writes to the program's stdin; without it stdin is empty. */
  readonly stdin?: boolean;
  /**
   * Whether the program, whose stdin is then empty, ends with us even when we are killed, or when the
   * thread ends that has started it.
   */
  readonly leashed?: boolean;
}

/** A program that runs beside us. Its output must be read, or it stops when the pipe is full. */
export interface Running {
  readonly pid: number;
  /** For messages. */
  readonly command: string;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The exit code; 128 + number when a signal ended it, as shells count. Never rejects. */
  readonly exited: Promise<number>;
  /** Asks the program and all that it started to end, and after two seconds makes them. */
  stop(): Promise<void>;
  /** Ends the program and all that it started at once: it can put nothing in order. */
  kill(): Promise<void>;
}

/**
 * Runs a program to its end.
 * @throws ToolError when it fails; KilnError('interrupted') when the signal was aborted; the input's own
 * error when that stream failed.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = launch(argv, { ...options, stdin: options.input !== undefined });
  const stderr = tailOf(child.stderr);
  const stdout = options.stdoutFile === undefined ? textOf(child, argv) : Promise.resolve('');
  const fed = options.input === undefined ? Promise.resolve() : feed(options.input, child);
  const [exitCode, out, input] = await Promise.all([child.exited, settle(stdout), settle(fed)]);
  throwIfAborted(options.signal, argv);
  if (input.error !== undefined) throw input.error;
  if (out.error !== undefined) throw out.error;
  const result = { stdout: out.value ?? '', stderr: await stderr, exitCode };
  if ((options.okExitCodes ?? [0]).includes(exitCode)) return result;
  const { command } = child;
  throw failure({
    argv,
    command,
    exitCode,
    output: result.stderr.trim() === '' ? result.stdout : result.stderr,
  });
}

/**
 * Streams bytes through a program, as fast as the reader takes them. A reader that stops early ends it.
 * @throws what `run` throws, at the end of the stream.
 */
export async function* filter(
  argv: readonly string[],
  input: Readable,
  options: Surroundings = {},
): AsyncGenerator<Buffer> {
  const child = launch(argv, { ...options, stdin: true });
  const stderr = tailOf(child.stderr);
  const fed = settle(feed(input, child));
  try {
    for await (const chunk of child.stdout) yield chunk;
    const exitCode = await child.exited;
    const { error } = await fed;
    throwIfAborted(options.signal, argv);
    if (error !== undefined) throw error;
    const { command } = child;
    if (exitCode !== 0) throw failure({ argv, command, exitCode, output: await stderr });
  } finally {
    input.destroy();
    await child.stop();
  }
}

/** Starts a program that lives beside us, as QEMU; the caller reads its output and stops it. */
export function start(argv: readonly string[], options: StartOptions = {}): Running {
  return launch(argv, options);
}

/**
 * zx would read fd 1 and 2 itself, without back-pressure, and keep every byte; so the program's
 * output goes to the descriptors 3 and 4, which zx hands on untouched. `exec` makes the shell become
 * the program, and `detached` gives it a process group of its own, so that signals reach all of it.
 */
function launch(
  argv: readonly string[],
  options: StartOptions & { readonly stdoutFile?: string },
): Running {
  if (!argv[0]?.startsWith('/')) throw new Error(`not an absolute program: ${argv[0]}`);
  throwIfAborted(options.signal, argv);
  const env = { ...BASE_ENV, ...options.env };
  const words = options.leashed === true ? leashed(argv) : argv;
  const hasPipe = options.stdin === true || options.leashed === true;
  const shell = $({
    shell: '/bin/sh',
    quote,
    prefix: '',
    postfix: '',
    env,
    cwd: options.cwd ?? process.cwd(),
    stdio: [hasPipe ? 'pipe' : 'ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
    nothrow: true,
    quiet: true,
    verbose: false,
    preferLocal: false,
    timeout: 0,
  });
  const program =
    options.stdoutFile === undefined
      ? shell`exec ${words} >&3 2>&4 3>&- 4>&-`
      : shell`exec ${words} >${options.stdoutFile} 2>&4 3>&- 4>&-`;
  const { child } = program;
  if (child?.pid === undefined) throw cannotStart(argv, options.cwd);
  const group = new ProcessGroup(child.pid);
  child.once('exit', () => group.kill());
  const onAbort = () => group.end();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const exited = exitOf(child).finally(() => {
    group.forget();
    options.signal?.removeEventListener('abort', onAbort);
  });
  return {
    pid: child.pid,
    command: pasteable(argv, { ...(options.cwd !== undefined && { cwd: options.cwd }), env }),
    stdin: options.stdin === true ? (child.stdin ?? undefined) : undefined,
    stdout: readableOf(child, 3),
    stderr: readableOf(child, 4),
    exited,
    stop: async () => {
      group.end();
      await exited;
    },
    kill: async () => {
      group.kill();
      await exited;
    },
  };
}

/** Not zx's own promise: that one waits until all output was read, even of a program that was stopped. */
function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? (code ?? 127) : 128 + constants.signals[signal]),
    );
  });
}

function readableOf(child: ChildProcess, descriptor: number): Readable {
  const stream = child.stdio[descriptor];
  if (stream instanceof Readable) return stream;
  throw new Error(`descriptor ${descriptor} is no pipe`);
}

function failure(known: Omit<ToolFailure, 'signal'>): ToolError {
  const number = known.exitCode - 128;
  const signal = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return new ToolError(signal === undefined ? known : { ...known, signal });
}

function throwIfAborted(signal: AbortSignal | undefined, argv: readonly string[]): void {
  if (signal?.aborted !== true) return;
  if (signal.reason instanceof KilnError) throw signal.reason;
  throw new KilnError('interrupted', `Interrupted while running ${toolName(argv)}.`);
}

function cannotStart(argv: readonly string[], cwd: string | undefined): KilnError {
  return new KilnError(
    'tool',
    `${toolName(argv)} could not be started in ${cwd ?? process.cwd()}`,
    {
      hint: 'Check that the directory exists and that /bin/sh can be run.',
    },
  );
}
