import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { summary, type Verdict, verdictOfAva, verdictOfCheck } from './verdict.ts';

/** One suite: a program of the project, and how its output tells how many checks passed. */
interface Suite {
  readonly name: string;
  readonly argv: readonly string[];
  /** A suite of linters counts as one check; ava counts its tests itself. */
  readonly counts: 'itself' | 'as one';
}

/** Of the failures, at the end: all of it stands above. */
const MOST_LINES = 40;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const SUITES: readonly Suite[] = [
  {
    name: 'lint and format',
    argv: ['npx', 'biome', 'ci', '--config-path=ci/lint.json', 'builder', 'test-vm', 'ci'],
    counts: 'as one',
  },
  { name: 'types', argv: ['npx', 'tsc', '-p', '.', '--noEmit'], counts: 'as one' },
  {
    name: 'units',
    argv: [
      'npx',
      'ava',
      'builder/**',
      'test-vm/*.test.ts',
      'test-vm/rehearsal/**',
      'test-vm/seed/**',
    ],
    counts: 'itself',
  },
  {
    name: 'builder, end to end',
    argv: ['npx', 'ava', '--concurrency=2', '--timeout=20m', 'ci/**'],
    counts: 'itself',
  },
  {
    name: 'behaviour in QEMU',
    argv: ['npx', 'ava', '--serial', '--timeout=20m', 'test-vm/cases/**'],
    counts: 'itself',
  },
];

let running: ChildProcess | undefined;

/** Ends the suite that runs, with everything that it has started, and then us. */
function endOn(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
  process.once(signal, () => {
    if (running?.pid !== undefined) process.kill(-running.pid, signal);
    process.kill(process.pid, signal);
  });
}

async function runSuite(suite: Suite): Promise<Verdict> {
  process.stdout.write(`\n== ${suite.name}\n`);
  const [program = '', ...args] = suite.argv;
  // In a group of its own, so that a signal reaches all that it has started and not npx alone.
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running = child;
  let [stdout, all] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    stdout += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    process.stderr.write(text);
    all += text;
  });
  const [code] = await once(child, 'close');
  running = undefined;
  const said = { stdout, all, good: code === 0 };
  return suite.counts === 'itself' ? verdictOfAva(said) : verdictOfCheck(said);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) endOn(signal);
const verdicts: { readonly name: string; readonly verdict: Verdict }[] = [];
for (const suite of SUITES) {
  verdicts.push({ name: suite.name, verdict: await runSuite(suite) });
}
const passed = verdicts.reduce((total, { verdict }) => total + verdict.passed, 0);
const failed = verdicts.reduce((total, { verdict }) => total + verdict.failed, 0);
for (const line of ['', ...summary(verdicts, MOST_LINES)]) process.stdout.write(`${line}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
