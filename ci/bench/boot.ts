import { join } from 'node:path';
import { type Benchmark, imageFileOf, kiln, times } from './bench.ts';
import { inSeconds, spreadOf, table } from './summary.ts';

/** Seconds from power-on under emulation; the time to the seed's configuration is on top of this. */
const BUDGET = 60;
const TOTAL = 'power-on to ready';

export const boot: Benchmark = {
  summary: 'seconds of each phase of a boot in QEMU, image of the machine that this runs on',
  run: async ({ runs, scratch, say }) => {
    const arch = process.arch === 'arm64' ? 'arm64' : 'x86_64';
    const out = join(scratch, 'out');
    say(`${arch}: building\n`);
    const built = await kiln('build', imageFileOf(arch), '--k0s', 'stand-in', '--out', out);
    say(`${arch}: booting ${runs} times\n`);
    const boots = await times(runs, async () =>
      phasesOf(await kiln('vm', built.trim(), '--report')),
    );
    say(phasesTable(boots));
    const median = spreadOf(boots.map((phases) => phases.get(TOTAL) ?? Number.NaN)).median;
    say(`${TOTAL}: budget ${BUDGET} s: ${median <= BUDGET ? 'met' : 'MISSED'}\n`);
  },
};

/**
 * Seconds by phase, from what a box reports: systemd-analyze(1)'s sentence and the time that the host saw.
 * Firmware and loader are not in the sentence when the firmware does not tell.
 */
function phasesOf(report: string): ReadonlyMap<string, number> {
  const phases = new Map<string, number>();
  const sentence = /^boot phases\s+(.*)$/m.exec(report)?.[1] ?? '';
  for (const [, span = '', phase = ''] of sentence.matchAll(/([\d.a-z ]+) \((\w+)\)/g)) {
    phases.set(phase, secondsOf(span));
  }
  const total = /^power-on to ready\s+(.*)$/m.exec(report)?.[1];
  if (total === undefined) throw new Error(`the box did not report when it was ready:\n${report}`);
  return phases.set(TOTAL, secondsOf(total));
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, min: 60, s: 1, ms: 0.001, us: 1e-6 };

/** systemd's way of writing a time span: `1min 2.5s`. */
function secondsOf(span: string): number {
  let seconds = 0;
  for (const [, number, unit = ''] of span.matchAll(/([\d.]+) ?([a-z]+)/g)) {
    seconds += Number(number) * (UNITS[unit] ?? Number.NaN);
  }
  return seconds;
}

function phasesTable(boots: readonly ReadonlyMap<string, number>[]): string {
  const names = [...new Set(boots.flatMap((phases) => [...phases.keys()]))];
  return table([
    ['', 'min s', 'median s', 'max s'],
    ...names.map((name) => {
      const { min, median, max } = spreadOf(boots.flatMap((phases) => phases.get(name) ?? []));
      return [name, ...[min, median, max].map(inSeconds)];
    }),
  ]);
}
