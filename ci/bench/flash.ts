import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseBmap } from '../../builder/flash/image/bmap-file.ts';
import { writeSmallRelease } from '../../builder/testing/release-fixture.ts';
import { testToolbox } from '../../builder/testing/toolbox.ts';
import { quote } from '../../builder/tools/quote.ts';
import { hostArch } from '../../builder/tools/toolbox.ts';
import { type Benchmark, type BenchOptions, kilnArgs } from './bench.ts';
import { BenchImage } from './image.ts';
import { measure, type Program } from './measure.ts';
import { type Sample, spreadOf, table, timesTable } from './summary.ts';

const DISK_BYTES = 6 * 1024 ** 3;

const NOTE = `All write to a new sparse file on the disk of temporary files, past the page cache but for bmaptool, and
wait until the disk has it. dd writes the mapped blocks, 4 MiB at a time, and checks nothing; bmaptool checks the
digests of what it reads; Kiln too, and unless told otherwise it reads everything back. Times are those of the
whole process: Node alone takes 0.1 to 0.2 s to start, so the small image says what a user waits, and the large
one how fast it is written. Digests take about half a second of processor time for each GB, and as much again for reading
back: where others use the processors, and the disk is faster than they leave it, that is what is measured.
`;

/** Noise, which nothing makes smaller: most of the time is the disk's. */
const LARGE_ROOT_BYTES = 1024 ** 3;

export const flash: Benchmark = {
  summary: '`kiln flash` against dd on the mapped blocks, and against bmaptool',
  run: async (options) => {
    options.say(NOTE);
    const { say, scratch } = options;
    say('building an image with a k0s of 254 MB\n');
    const image = await BenchImage.create(hostArch(), scratch);
    await image.build();
    const [name = ''] = await readdir(image.releases);
    await compare(join(image.releases, name), options);
    say('\nwriting a release with 1.1 GB of noise\n');
    const large = join(scratch, 'large');
    await writeSmallRelease(large, await testToolbox(), { rootBytes: LARGE_ROOT_BYTES });
    await compare(large, options);
  },
};

async function compare(release: string, { runs, scratch, say }: BenchOptions): Promise<void> {
  const raw = join(release, (await readdir(release)).find((file) => file.endsWith('.raw')) ?? '');
  const disk = join(scratch, 'disk.img');
  const { ranges } = parseBmap(await readFile(`${raw}.bmap`, 'utf8'));
  const bytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  const toolbox = await testToolbox();
  const programs: Readonly<Record<string, Program>> = {
    'dd bs=4M oflag=direct': { argv: ['sh', '-euc', ddScript(raw, disk, ranges)] },
    'kiln flash --no-verify': { argv: kilnArgs('flash', release, disk, '--yes', '--no-verify') },
    'kiln flash': { argv: kilnArgs('flash', release, disk, '--yes') },
    bmaptool: { argv: [...toolbox.command('bmaptool'), 'copy', raw, disk], env: toolbox.env },
  };
  const samples = new Map<string, Sample[]>(Object.keys(programs).map((what) => [what, []]));
  say('measuring\n');
  // One of each in turn, for a disk is faster at one time than at another; the first round warms up.
  for (let round = 0; round <= runs; round += 1) {
    for (const [what, program] of Object.entries(programs)) {
      await rm(disk, { force: true });
      await writeFile(disk, '');
      await truncate(disk, DISK_BYTES);
      const sample = await measure(program);
      if (round > 0) samples.get(what)?.push(sample);
    }
  }
  say(timesTable([...samples].map(([what, each]) => ({ what, samples: each }))));
  say(speedTable(samples, bytes));
}

/** Each range in one call, as somebody would who had the map and no tool for it. */
function ddScript(
  raw: string,
  disk: string,
  ranges: readonly { readonly start: number; readonly end: number }[],
): string {
  const files = `if=${quote(raw)} of=${quote(disk)}`;
  const flags = 'bs=4M iflag=skip_bytes,count_bytes oflag=seek_bytes,direct conv=notrunc,fdatasync';
  return ranges
    .map(({ start, end }) => {
      const place = `skip=${start} seek=${start} count=${end - start}`;
      return `dd ${files} ${flags} ${place} status=none`;
    })
    .join('\n');
}

function speedTable(samples: ReadonlyMap<string, readonly Sample[]>, bytes: number): string {
  const medians = [...samples].map(([what, each]): readonly [string, number] => [
    what,
    spreadOf(each.map(({ seconds }) => seconds)).median,
  ]);
  const [, dd = 1] = medians[0] ?? [];
  return table([
    [`${(bytes / 1e6).toFixed(0)} MB mapped`, 'MB/s', 'of the time of dd'],
    ...medians.map(([what, seconds]) => [
      what,
      (bytes / 1e6 / seconds).toFixed(0),
      `${((seconds / dd) * 100).toFixed(0)} %`,
    ]),
  ]);
}
