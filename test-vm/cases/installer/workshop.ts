import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { openDisk } from '../../../builder/flash/disk/open-disk.ts';
import { findInstaller } from '../../../builder/flash/image/installer-image.ts';
import { readSeed } from '../../../builder/flash/seed.ts';
import { readManifest } from '../../../builder/image/release/manifest.ts';
import type { Scratch } from '../../../builder/report/scratch.ts';
import { flash } from '../../../builder/testing/flash-fixture.ts';
import { readIso } from '../../../builder/testing/read-iso.ts';
import { run } from '../../../builder/tools/run.ts';
import { type Cluster, makeClusterSecrets } from '../../seed/cluster.ts';
import { seedIso, seedStick } from '../../seed/media.ts';
import { type SeedFiles, seedFiles, singleNode } from '../../seed/node.ts';
import type { Disk, ExtraDisk, MachineSpec } from '../../spec.ts';
import { Box } from '../box.ts';
import { writeOwnImage } from '../own-image.ts';
import { machineSpec, type Workbench, workbench } from '../workbench.ts';

/** What QEMU's router gives. */
const DHCP = '10.0.2.15';
const STICK_BYTES = 1 << 30;

/** A machine's disks, its firmware's variables, and the installer that it is started from. */
export interface Workshop {
  readonly bench: Workbench;
  readonly scratch: Scratch;
  readonly cluster: Cluster;
  /** The installer ISO. */
  readonly iso: string;
}

/** Builds the release with its installer. */
export async function openWorkshop(scratch: Scratch): Promise<Workshop> {
  const image = await writeOwnImage(scratch.path, {
    name: 'installer',
    artifacts: ['iso', '-disk.zst'],
  });
  const bench = await workbench('x86_64', { image });
  const { outputs } = await readManifest(bench.release);
  const iso = outputs.find(({ file }) => file.endsWith('.iso'));
  if (iso === undefined) throw new Error(`${bench.release} has no installer ISO`);
  const cluster: Cluster = { secrets: await makeClusterSecrets(), controllers: [DHCP] };
  return { bench, scratch, cluster, iso: join(bench.release, iso.file) };
}

/** An empty disk. */
export async function emptyDisk(
  { bench, scratch }: Workshop,
  name: string,
  rest: Pick<Disk, 'bus' | 'sectorBytes'>,
): Promise<ExtraDisk> {
  const path = join(scratch.path, `${name}.raw`);
  const argv = ['create', '-q', '-f', 'raw', path, '8G'];
  await run([...bench.toolbox.command('qemu-img'), ...argv], { env: bench.toolbox.env });
  return { path, format: 'raw', readOnly: false, ...rest };
}

/**
 * A stick with the seed of a node that is a cluster by itself.
 * @param install the `install` key, in YAML
 */
export async function installSeed(
  workshop: Workshop,
  name: string,
  install: string,
): Promise<ExtraDisk> {
  const image = join(workshop.scratch.path, `seed-${name}.img`);
  const files = filesOf(workshop, name, install);
  return await seedStick(workshop.bench.toolbox, { image, label: 'CIDATA', files });
}

/** One stick with the installer and such a seed, as `kiln flash --installer --seed` writes it. */
export async function installStick(
  workshop: Workshop,
  name: string,
  install: string,
): Promise<ExtraDisk> {
  const { bench, scratch } = workshop;
  const seed = join(scratch.path, `seed-${name}.iso`);
  const files = filesOf(workshop, name, install);
  await seedIso(bench.toolbox, { image: seed, label: 'cidata', files });
  const path = join(scratch.path, `stick-${name}.img`);
  await writeFile(path, '');
  await truncate(path, STICK_BYTES);
  await using disk = await openDisk({ path, kind: 'file', sizeBytes: STICK_BYTES });
  await flash(await findInstaller(bench.release), disk, { added: await readSeed(seed) });
  return { path, format: 'raw', bus: 'usb', readOnly: false };
}

function filesOf({ cluster }: Workshop, name: string, install: string): SeedFiles {
  const asked: Readonly<Record<string, unknown>> = parse(install);
  return seedFiles({
    ...{ instanceId: `${name}-1`, hostname: name, k0s: singleNode(cluster), install: asked },
  });
}

/** A machine as its owner has it: the firmware starts what it finds, and remembers what it was told. */
export async function switchOn(
  t: ExecutionContext,
  { bench, scratch }: Workshop,
  disk: Disk,
  media: readonly ExtraDisk[],
): Promise<Box> {
  const plain = machineSpec(bench, disk.path);
  const spec: MachineSpec = {
    ...plain,
    disk,
    extraDisks: media,
    usbPorts: true,
    bootsAnything: true,
  };
  const firmwareVars = join(scratch.path, 'firmware-vars.fd');
  return await Box.switchOn(t, bench, spec, { firmwareVars });
}

/** The installer in a CD drive, with one bit wrong of what an installed disk would start. */
export async function damagedMedium(workshop: Workshop): Promise<ExtraDisk> {
  const bytes = await readFile(workshop.iso);
  const system = readIso(bytes).files.get('system.efi');
  if (system === undefined) throw new Error('the ISO has no system.efi');
  const middle = system.length >> 1;
  // A part of the whole's own memory.
  system.writeUInt8(system.readUInt8(middle) ^ 1, middle);
  const path = join(workshop.scratch.path, 'damaged.iso');
  await writeFile(path, bytes);
  return { ...inDrive(workshop), path };
}

/** The installer in a CD drive. */
export function inDrive({ iso }: Workshop): ExtraDisk {
  return { path: iso, format: 'raw', bus: 'cdrom', readOnly: true };
}
