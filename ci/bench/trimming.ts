import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../../builder/image/arch.ts';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { defaultStoreRoot } from '../../builder/image/store/store.ts';
import { KilnError } from '../../builder/report/errors.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { testToolbox } from '../../builder/testing/toolbox.ts';
import { hostArch } from '../../builder/tools/toolbox.ts';
import { chooseAccel } from '../../test-vm/accel.ts';
import { freshDisk, machineSpec, type Workbench } from '../../test-vm/cases/workbench.ts';
import { checkCredentials, factsOf, type Verdict } from '../../test-vm/check.ts';
import { Machine } from '../../test-vm/machine.ts';
import { releaseDisk } from '../../test-vm/release-disk.ts';
import { makeClusterSecrets } from '../../test-vm/seed/cluster.ts';
import { seedIso } from '../../test-vm/seed/media.ts';
import { seedFiles, singleNode } from '../../test-vm/seed/node.ts';
import type { ExtraDisk } from '../../test-vm/spec.ts';
import { type Benchmark, type BenchOptions, imageFileOf, kiln } from './bench.ts';
import { type BootTimes, bootTimesOf, comparison } from './boot-times.ts';
import { cpuSecondsOfEnded } from './measure.ts';
import { writeUntrimmed } from './untrimmed.ts';

/** An untrimmed image, emulated on a machine that does other things, takes many minutes. */
const BOOT_SECONDS = 2400;
const SCRIPT = 'ci/bench/k0s-started.sh';

const NOTE = `The same locked packages, k0s and seed, each boot the first one of a new disk. The untrimmed image has all of the
kernel's modules, an initrd for any machine (MODULES=most), all files, units and presets of its packages, Debian's
module and datasource lists of cloud-init, and at boot it builds what Kiln's build makes: hardware database, library
cache, catalogs, users, byte code, AppArmor's profiles. A definition cannot take back, so it is in both images: that
packages of Debian's standard system are left out, the verified squashfs, systemd in the initrd, Kiln's own units and
the byte code of its own programs.
`;

export const trimming: Benchmark = {
  summary: 'seconds from power-on to k0s started, against the same packages without the trimming',
  run: async (options) => {
    const arch = hostArch();
    const { scratch, runs, say } = options;
    const ours = await built(imageFileOf(arch), arch, options);
    const theirs = await built(await writeUntrimmed(arch, scratch), arch, options);
    const seed = await singleSeed(ours.bench, scratch);
    const boots = { ours: [] as BootTimes[], theirs: [] as BootTimes[] };
    say(`${arch}: booting each ${runs} times, in turn, ${ours.bench.accel}\n`);
    for (let run = 1; run <= runs; run += 1) {
      boots.ours.push(await boot(ours, seed, { run, say }));
      boots.theirs.push(await boot(theirs, seed, { run, say }));
    }
    const both = [
      { name: ours.name, boots: boots.ours },
      { name: theirs.name, boots: boots.theirs },
    ] as const;
    say(`\n${comparison(...both)}\n${NOTE}`);
  },
};

interface Built {
  readonly name: string;
  readonly bench: Workbench;
}

async function built(file: string, arch: Arch, { scratch, say }: BenchOptions): Promise<Built> {
  const name = file === imageFileOf(arch) ? 'Kiln' : 'untrimmed';
  say(`${arch}: building ${name}\n`);
  const out = join(scratch, 'out');
  const release = (await kiln('build', file, '--k0s', 'stand-in', '--out', out)).trim();
  const toolbox = await testToolbox();
  const disk = await releaseDisk(release);
  const { size } = await stat(disk.path.replace(/\.raw$/, '.efi'));
  say(`${arch}: ${name} has a unified kernel image of ${(size / 1e6).toFixed(1)} MB\n`);
  const stateDirectory = defaultStoreRoot(process.env);
  const override = process.env.KILN_ACCEL;
  const accel = await chooseAccel({
    ...{ arch, hostArch: hostArch(), toolbox, stateDirectory, override },
  });
  return { name, bench: { release, disk, toolbox, accel } };
}

/** The least that makes a box a node: no users, no files, addresses from DHCP. */
async function singleSeed({ toolbox }: Workbench, scratch: string): Promise<ExtraDisk> {
  const cluster = { secrets: await makeClusterSecrets(), controllers: ['10.0.2.15'] } as const;
  const node = { instanceId: 'bench', hostname: 'bench', k0s: singleNode(cluster) };
  return await seedIso(toolbox, {
    image: join(scratch, 'seed.iso'),
    label: 'cidata',
    files: seedFiles(node),
  });
}

async function boot(
  image: Built,
  seed: ExtraDisk,
  { run, say }: { readonly run: number; readonly say: BenchOptions['say'] },
): Promise<BootTimes> {
  say(`${image.name}, boot ${run}: `);
  await using scratch = await Scratch.create('trimming');
  const disk = await freshDisk(image.bench, scratch);
  const before = cpuSecondsOfEnded();
  const { elapsed, verdict } = await watch(image, disk, seed);
  const { passed, output } = verdict;
  if (!passed) throw new KilnError('host', `${image.name}, boot ${run}: no k0s.\n${output}`);
  const processor = cpuSecondsOfEnded() - before;
  const times = bootTimesOf(factsOf(output), { elapsed, processor });
  say(`${times.total.toFixed(1)} s\n`);
  return times;
}

/** Boots, lets the box say when its phases ended, and cuts the power. */
async function watch(
  { bench }: Built,
  disk: string,
  seed: ExtraDisk,
): Promise<{ readonly elapsed: number; readonly verdict: Verdict }> {
  const script = await readFile(join(PROJECT_DIRECTORY, SCRIPT), 'utf8');
  // A hanging box is to be missed, and not to start again unseen.
  const spec = { ...machineSpec(bench, disk), extraDisks: [seed], watchdog: false };
  const startedAt = performance.now();
  await using machine = await Machine.start(spec, bench.toolbox, {
    credentials: checkCredentials(script),
  });
  const verdict = await machine.verdict(BOOT_SECONDS);
  return { elapsed: (performance.now() - startedAt) / 1000, verdict };
}
