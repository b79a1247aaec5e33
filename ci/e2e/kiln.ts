import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How Kiln is run: everything that may differ between two users' machines. */
export interface Surroundings {
  /** The installation. */
  readonly tree: string;
  /** Added to what a test passes on of its own environment: mirrors, proxies and certificates. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Of the user and of the group. */
  readonly uid?: number;
  /** In octal. */
  readonly umask?: string;
  /** A program and its arguments, before the command line. */
  readonly wrapper?: readonly string[];
}

/** How a run ended. */
export interface Outcome {
  /** The exit code, as a shell would say it: 128 and the number of the signal that ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A run that goes on. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Outcome>;
  /** Signals Kiln alone: what it started is its own business. */
  signal(signal: NodeJS.Signals): void;
  /** Gives what it writes to stderr, as it comes. */
  onError(hear: (text: string) => void): void;
}

const PASSED_ON =
  /^(KILN_MIRROR|KILN_MIRROR_SECURITY|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|(https?|no)_proxy)$/i;

/** What every run gets of this process's environment: how to reach a mirror. */
export const BASE_ENV: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(process.env).filter(
    (entry): entry is [string, string] => PASSED_ON.test(entry[0]) && entry[1] !== undefined,
  ),
);

/** Runs the real command line in a process of its own, to its end. */
export function kiln(argv: readonly string[], surroundings: Surroundings): Promise<Outcome> {
  return startKiln(argv, surroundings).ended;
}

/** Starts the real command line in a process of its own. */
export function startKiln(argv: readonly string[], surroundings: Surroundings): Running {
  const { tree, env, cwd = tree, uid, umask = '022', wrapper = [] } = surroundings;
  const program = [process.execPath, join(tree, 'dist/builder/cli.js'), ...argv];
  const shell = ['-c', `umask ${umask}; exec "$@"`, 'sh', ...wrapper, ...program];
  const startedAt = performance.now();
  const child = spawn('/bin/sh', shell, {
    ...{ cwd, env: { ...BASE_ENV, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    ...(uid !== undefined && { uid, gid: uid }),
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program.join(' ')} could not be started`);
  return {
    pid,
    ended: outcomeOf(child, startedAt),
    signal: (signal) => void child.kill(signal),
    onError: (hear) => void child.stderr?.on('data', (chunk: Buffer) => hear(chunk.toString())),
  };
}

async function outcomeOf(child: ChildProcess, startedAt: number): Promise<Outcome> {
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const [code, signal]: [number | null, NodeJS.Signals | null] = await exitOf(child);
  const seconds = (performance.now() - startedAt) / 1000;
  const numbers: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
  return {
    code: code ?? 128 + (signal === null ? 0 : (numbers[signal] ?? 0)),
    stdout: await stdout,
    stderr: await stderr,
    seconds,
  };
}

async function exitOf(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  const [code, signal] = await once(child, 'exit');
  return [code, signal];
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += chunk.toString();
  return text;
}

/** Command lines of the running processes that have this text in them. */
export async function processesNaming(text: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(text)) found.push(`${pid} ${line.replaceAll('\0', ' ').trim()}`);
  }
  return found;
}
