import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Benchmark, type BenchOptions, kilnArgs, times } from './bench.ts';
import { measure } from './measure.ts';
import { largeSite, writeManySites } from './site-files.ts';
import { inSeconds, type Sample, spreadOf, type TimesRow, timesTable } from './summary.ts';

/** Seconds and MiB for a thousand ISOs, on two cores. */
const BUDGET = { seconds: 10, memoryMiB: 300 } as const;
const SIZES = [1000, 10_000] as const;
const SITES = 1000;

export const site: Benchmark = {
  summary: '`kiln site` for 1,000 and 10,000 nodes, and for 1,000 site files from one template',
  run: async (options) => {
    const rows: TimesRow[] = [];
    for (const nodes of SIZES) rows.push(...(await rowsOf(nodes, options)));
    rows.push(...(await rowsOfMany(options)));
    options.say(timesTable(rows));
    options.say(memoryVerdict(rows));
    options.say(linearity(rows));
  },
};

async function rowsOf(nodes: number, options: BenchOptions): Promise<readonly TimesRow[]> {
  const { runs, scratch, say } = options;
  const name = `site-${nodes}`;
  const file = join(scratch, `${name}.yaml`);
  const out = join(scratch, 'out');
  const make = () => measure({ argv: kilnArgs('site', file, '--out', out) });
  say(`${nodes} nodes: measuring\n`);
  await writeFile(file, largeSite(name, nodes, 'Europe/Vienna'));
  // The first run makes the keys too.
  const first = await make();
  const again = await times(runs, async () => {
    await rm(join(out, name), { recursive: true });
    return await make();
  });
  const same = await times(runs, make);
  let turn = 0;
  const changed = await times(runs, async () => {
    turn += 1;
    await writeFile(file, largeSite(name, nodes, turn % 2 === 1 ? 'Asia/Tokyo' : 'Europe/Vienna'));
    return await make();
  });
  await rm(join(out, name), { recursive: true });
  const budget = nodes === SIZES[0] ? { budget: BUDGET.seconds } : {};
  return [
    { what: `${nodes} nodes: with new secrets`, samples: [first], ...budget },
    { what: allNew(nodes), samples: again, ...budget },
    { what: `${nodes} nodes: nothing changed`, samples: same },
    { what: `${nodes} nodes: one node changed`, samples: changed },
  ];
}

async function rowsOfMany({ runs, scratch, say }: BenchOptions): Promise<readonly TimesRow[]> {
  const out = join(scratch, 'out-of-many');
  const files = await writeManySites(join(scratch, 'sites'), SITES);
  const make = () => measure({ argv: kilnArgs('site', ...files, '--out', out) });
  say(`${SITES} site files: measuring; keys take a while\n`);
  const first = await make();
  const again = await times(runs, async () => {
    await rm(out, { recursive: true });
    return await make();
  });
  const same = await times(runs, make);
  await rm(out, { recursive: true });
  return [
    { what: `${SITES} files: with new secrets`, samples: [first] },
    { what: `${SITES} files: all new`, samples: again },
    { what: `${SITES} files: nothing changed`, samples: same },
  ];
}

function memoryVerdict(rows: readonly TimesRow[]): string {
  const ofBudget = rows.filter(({ budget }) => budget !== undefined);
  const most = Math.max(...ofBudget.flatMap(({ samples }) => samples.map(memoryOf)));
  const verdict = most <= BUDGET.memoryMiB ? 'met' : 'MISSED';
  return `memory for ${SIZES[0]} nodes: ${most} MiB, budget ${BUDGET.memoryMiB} MiB: ${verdict}\n`;
}

/** What a node costs at each size: the same, where the cost is linear. */
function linearity(rows: readonly TimesRow[]): string {
  return SIZES.map((nodes) => {
    const samples = rows.find(({ what }) => what === allNew(nodes))?.samples ?? [];
    const { median } = spreadOf(samples.map(({ seconds }) => seconds));
    const cpu = spreadOf(samples.map(({ cpuSeconds }) => cpuSeconds)).median;
    const each = (seconds: number): string => inSeconds((seconds / nodes) * 1000);
    return `of ${nodes} nodes each takes ${each(median)} ms, ${each(cpu)} ms of a processor\n`;
  }).join('');
}

function allNew(nodes: number): string {
  return `${nodes} nodes: all new`;
}

function memoryOf({ memoryMiB }: Sample): number {
  return memoryMiB;
}
