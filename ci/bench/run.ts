import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError, exitCodeOf } from '../../builder/report/errors.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import type { Benchmark } from './bench.ts';
import { boot } from './boot.ts';
import { build } from './build.ts';
import { flash } from './flash.ts';
import { mmdebstrap } from './mmdebstrap.ts';
import { site } from './site.ts';
import { trimming } from './trimming.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  build,
  flash,
  mmdebstrap,
  boot,
  trimming,
  site,
};

const HELP = `Usage: make bench, or: node dist/ci/bench/run.js [--runs N] [--only NAME]

  --runs N     how often each thing is done (3)
  --only NAME  one benchmark instead of all:
${Object.entries(BENCHMARKS)
  .map(([name, { summary }]) => `    ${name.padEnd(11)}  ${summary}\n`)
  .join('')}
Numbers mean something on a machine that does nothing else. Temporary files (5 GB) go to TMPDIR.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      runs: { type: 'string', default: '3' },
      only: { type: 'string' },
    },
  });
  const runs = Number(values.runs);
  const names = values.only === undefined ? Object.keys(BENCHMARKS) : [values.only];
  const isWrong =
    !Number.isSafeInteger(runs) || runs < 1 || names.some((name) => !BENCHMARKS[name]);
  if (values.help || isWrong) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  for (const name of names) await runOne(name, runs);
  return 0;
}

async function runOne(name: string, runs: number): Promise<void> {
  process.stdout.write(`\n== ${name}\n`);
  await using directory = await Scratch.create('bench');
  // mmdebstrap reads what is in there as another user.
  await chmod(directory.path, 0o755);
  const scratch = join(directory.path, 'work');
  await mkdir(scratch);
  const say = (text: string): void => void process.stdout.write(text);
  await BENCHMARKS[name]?.run({ runs, scratch, say });
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(describeError(error));
  return exitCodeOf(error);
});
