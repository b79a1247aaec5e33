import { accessSync, constants } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ARCHES, type Arch } from '../../builder/image/arch.ts';
import { COMPRESSION } from '../../builder/image/rootfs/build.ts';
import { quote } from '../../builder/tools/quote.ts';
import { sqfstarArgs } from '../../builder/tools/sqfstar.ts';
import { ARCH_NAMES, type Benchmark, type BenchOptions, besideArgs, imageFileOf } from './bench.ts';
import { makeLocalArchive } from './local-archive.ts';
import { measure } from './measure.ts';
import { openBenchImage } from './open-image.ts';
import { type Sample, spreadOf, timesTable } from './summary.ts';

/** What both of them make. */
const SQUASHFS = 'root.squashfs';

const NOTE = `mmdebstrap unpacks the lock's packages (--variant=extract): it runs no maintainer script and configures
nothing, which is the least that it can do, and needs no qemu-user for another architecture. It takes them
from a local copy, and Kiln from its store: nobody fetches anything. The same sqfstar with the same settings
packs what comes out; Kiln's is smaller, for it leaves out modules, firmware and documentation.
`;

export const mmdebstrap: Benchmark = {
  summary: 'the root file system alone, against mmdebstrap with the same packages and sqfstar',
  run: async (options) => {
    const missing = ['mmdebstrap', 'apt-get', 'bash'].filter((program) => !isOnPath(program));
    if (missing.length > 0) {
      options.say(`left out, for want of ${missing.join(', ')}: apt-get install mmdebstrap\n`);
      return;
    }
    options.say(NOTE);
    for (const arch of ARCH_NAMES) await compare(arch, options);
  },
};

async function compare(arch: Arch, { runs, scratch, say }: BenchOptions): Promise<void> {
  say(`\n${arch}: measuring\n`);
  const out = join(scratch, arch);
  const [ours, theirs] = [kilnArgv(arch, out), await mmdebstrapArgv(arch, scratch, out)];
  // The first time of each fetches, takes apart and reads into memory what later ones find.
  await runOnce(ours, out);
  const sizes = { kiln: 0, mmdebstrap: 0 };
  const samples: { kiln: Sample[]; mmdebstrap: Sample[] } = { kiln: [], mmdebstrap: [] };
  for (let run = 0; run < runs; run += 1) {
    const [kiln, other] = [await runOnce(ours, out), await runOnce(theirs, out)];
    samples.kiln.push(kiln.sample);
    samples.mmdebstrap.push(other.sample);
    Object.assign(sizes, { kiln: kiln.sizeBytes, mmdebstrap: other.sizeBytes });
  }
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  say(
    timesTable([
      { what: `${arch}: Kiln, ${megabytes(sizes.kiln)}`, samples: samples.kiln },
      { what: `${arch}: mmdebstrap, ${megabytes(sizes.mmdebstrap)}`, samples: samples.mmdebstrap },
    ]),
  );
  const [mine, their] = [samples.kiln, samples.mmdebstrap].map(medianSeconds);
  say(`${arch}: Kiln is ${((their ?? 0) / (mine ?? 1)).toFixed(1)} times as fast\n`);
}

async function runOnce(
  argv: readonly string[],
  out: string,
): Promise<{ readonly sample: Sample; readonly sizeBytes: number }> {
  await rm(out, { recursive: true, force: true });
  await mkdir(out);
  const sample = await measure({ argv });
  return { sample, sizeBytes: (await stat(join(out, SQUASHFS))).size };
}

function kilnArgv(arch: Arch, out: string): readonly string[] {
  return besideArgs('kiln-root.js', imageFileOf(arch), out);
}

/** mmdebstrap's tar goes straight to sqfstar, as Kiln's does. */
async function mmdebstrapArgv(
  arch: Arch,
  scratch: string,
  out: string,
): Promise<readonly string[]> {
  const { image, work } = await openBenchImage(imageFileOf(arch));
  const { packages, epoch } = image.lock;
  const { layout } = work.store;
  const source = await makeLocalArchive(join(scratch, `archive-${arch}`), packages, (sha256) =>
    layout.fileOf(sha256),
  );
  const unpack = [
    ...['mmdebstrap', '--quiet', '--variant=extract', '--format=tar'],
    `--architectures=${ARCHES[arch].debian}`,
    `--include=${packages.map(({ name }) => name).join(',')}`,
    ...['', '-', source],
  ];
  const settings = sqfstarArgs({ output: join(out, SQUASHFS), epoch, ...COMPRESSION });
  const pack = [...work.toolbox.command('sqfstar'), ...settings];
  const line = [unpack, pack].map((argv) => argv.map(quote).join(' ')).join(' | ');
  return ['bash', '-o', 'pipefail', '-c', `SOURCE_DATE_EPOCH=${epoch} ${line}`];
}

function medianSeconds(samples: readonly Sample[]): number {
  return spreadOf(samples.map(({ seconds }) => seconds)).median;
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
