import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { countAsOne, countByAva, type Outcome, whyFailed } from './verdict.ts';

/** One suite: a program of the project, and how its output tells how many checks passed. */
interface Suite {
  readonly name: string;
  readonly argv: readonly string[];
  /** A suite of linters counts as one check; ava counts its tests itself. */
  readonly counts: 'itself' | 'as one';
}

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

/** What a suite came to, and why if that is not good. */
interface Verdict extends Outcome {
  readonly why: readonly string[];
}

async function runSuite(suite: Suite): Promise<Verdict> {
  process.stdout.write(`\n== ${suite.name}\n`);
  const [program = '', ...args] = suite.argv;
  // In a group of its own, so that a signal reaches all that it has started and not npx alone.
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  running = child;
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    output += chunk.toString();
  });
  const [code] = await once(child, 'close');
  running = undefined;
  const good = code === 0;
  const outcome = suite.counts === 'itself' ? countByAva(output, good) : countAsOne(good);
  const why = outcome.failed > 0 ? [`== ${suite.name}: failed`, ...whyFailed(output)] : [];
  return { ...outcome, why };
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) endOn(signal);
const verdicts: Verdict[] = [];
for (const suite of SUITES) verdicts.push(await runSuite(suite));
const sum = (key: 'passed' | 'failed'): number =>
  verdicts.reduce((total, verdict) => total + verdict[key], 0);
const why = verdicts.flatMap((verdict) => verdict.why);
if (why.length > 0) process.stdout.write(`\n${why.join('\n')}\n`);
process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed\n`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
