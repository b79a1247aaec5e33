import type { Arch } from '../../builder/image/arch.ts';
import { ARCH_NAMES, type Benchmark, type BenchOptions, kilnArgs, times } from './bench.ts';
import { BenchImage } from './image.ts';
import { measure } from './measure.ts';
import { type TimesRow, timesTable } from './summary.ts';

/** Seconds, on two cores. */
const BUDGET = { build: 8, changed: 6, unchanged: 0.5 } as const;
/** MiB of the builder itself, the programs that it runs not counted. */
const MEMORY_BUDGET = 400;

export const build: Benchmark = {
  summary:
    '`kiln build` with a k0s of 254 MB: first, warm, after a change of an overlay, unchanged',
  run: async (options) => {
    const rows: TimesRow[] = [];
    for (const arch of ARCH_NAMES) {
      rows.push(...(await buildsOf(arch, options)));
    }
    const help = await times(options.runs, () => measure({ argv: kilnArgs('--help') }));
    rows.push({ what: 'kiln --help', samples: help });
    options.say(timesTable(rows));
    const memory = Math.max(
      ...rows.flatMap(({ samples }) => samples.map((each) => each.memoryMiB)),
    );
    const verdict = memory <= MEMORY_BUDGET ? 'met' : 'MISSED';
    options.say(`builder peak memory: ${memory} MiB, budget ${MEMORY_BUDGET} MiB: ${verdict}\n`);
  },
};

async function buildsOf(
  arch: Arch,
  { runs, scratch, say }: BenchOptions,
): Promise<readonly TimesRow[]> {
  const image = await BenchImage.create(arch, scratch);
  say(`${arch}: building once, so that everything is fetched\n`);
  await image.build();
  say(`${arch}: measuring\n`);
  const first = await image.buildFirst();
  const warm = await times(runs, async () => {
    await image.forget();
    return await image.build();
  });
  const changed = await times(runs, async () => {
    await image.change();
    return await image.build();
  });
  const unchanged = await times(runs, () => image.build());
  await image.forget();
  return [
    { what: `${arch}: nothing derived yet`, samples: [first] },
    { what: `${arch}: warm`, samples: warm, budget: BUDGET.build },
    { what: `${arch}: overlay changed`, samples: changed, budget: BUDGET.changed },
    { what: `${arch}: nothing changed`, samples: unchanged, budget: BUDGET.unchanged },
  ];
}
