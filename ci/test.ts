import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** One suite: a program of the project, and how its output tells how many checks passed. */
interface Suite {
  readonly name: string;
  readonly argv: readonly string[];
  /** A suite of linters counts as one check; ava counts its tests itself. */
  readonly counts: 'itself' | 'as one';
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
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

async function runSuite(suite: Suite): Promise<Outcome> {
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
  return suite.counts === 'itself' ? counted(output, code === 0) : asOne(code === 0);
}

function asOne(good: boolean): Outcome {
  return good ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Sums what ava says at the end. A run that failed without a failed test (a crash) counts as one failure. */
function counted(output: string, good: boolean): Outcome {
  const sum = (word: RegExp): number =>
    [...output.matchAll(word)].reduce((total, match) => total + Number(match[1]), 0);
  const passed = sum(/^\s*(\d+) tests? passed/gm);
  const failed =
    sum(/^\s*(\d+) tests? failed/gm) +
    sum(/^\s*(\d+) uncaught exceptions?/gm) +
    sum(/^\s*(\d+) unhandled rejections?/gm);
  if (good && passed === 0) return { passed, failed: 1 };
  return { passed, failed: good ? failed : Math.max(1, failed) };
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) endOn(signal);
const total = { passed: 0, failed: 0 };
for (const suite of SUITES) {
  const outcome = await runSuite(suite);
  total.passed += outcome.passed;
  total.failed += outcome.failed;
}
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
