import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Arch } from '../../builder/image/arch.ts';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { defaultStoreRoot } from '../../builder/image/store/store.ts';
import type { Scratch } from '../../builder/report/scratch.ts';
import { testToolbox } from '../../builder/testing/toolbox.ts';
import { run } from '../../builder/tools/run.ts';
import { hostArch, type Toolbox } from '../../builder/tools/toolbox.ts';
import { chooseAccel } from '../accel.ts';
import { checkCredentials } from '../check.ts';
import type { Credential } from '../credentials.ts';
import { Machine } from '../machine.ts';
import { prepareDisk, type ReleaseDisk, releaseDisk } from '../release-disk.ts';
import { type Accel, type MachineSpec, PLAIN_NIC } from '../spec.ts';

/** Emulated, and on a machine that does other things at the same time, a boot can take minutes. */
const BOOT_SECONDS = 600;

/** What a case works with: a release that was just built, and the tools that boot it. */
export interface Workbench {
  /** Directory of the release. */
  readonly release: string;
  readonly disk: ReleaseDisk;
  readonly toolbox: Toolbox;
  readonly accel: Accel;
}

/**
 * Builds the release as a user does (nothing happens when it is up to date) and opens the tools. A case that needs
 * another image says so with options of `kiln build`, and brings a directory for it.
 */
export async function workbench(
  arch: Arch,
  {
    out = join(PROJECT_DIRECTORY, 'out'),
    image = `images/${arch}.yaml`,
    options = [],
  }: {
    readonly out?: string;
    readonly image?: string;
    readonly options?: readonly string[];
  } = {},
): Promise<Workbench> {
  const cli = join(PROJECT_DIRECTORY, 'dist', 'builder', 'cli.js');
  const build = [process.execPath, cli, 'build', image, '--k0s', 'stand-in', '--out', out];
  const argv = [...build, ...options];
  const { stdout } = await run(argv, { cwd: PROJECT_DIRECTORY, env: environment() });
  const release = stdout.trim();
  const toolbox = await testToolbox();
  const accel = await chooseAccel({
    arch,
    hostArch: hostArch(),
    toolbox,
    stateDirectory: defaultStoreRoot(process.env),
    override: process.env.KILN_ACCEL,
  });
  return { release, disk: await releaseDisk(release), toolbox, accel };
}

function environment(): Record<string, string> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

/** A disk of its own for a case, over the release's image. */
export async function freshDisk(
  { disk, toolbox }: Workbench,
  scratch: Scratch,
  sizeMiB = 8192,
): Promise<string> {
  const path = join(scratch.path, 'disk.qcow2');
  await prepareDisk(toolbox, disk.path, path, sizeMiB);
  return path;
}

/** The machine of most cases; a case changes what it is about. */
export function machineSpec({ disk, accel }: Workbench, diskPath: string): MachineSpec {
  return {
    arch: disk.arch,
    accel,
    cpus: 2,
    memoryMiB: 2048,
    disk: { path: diskPath, format: 'qcow2', bus: 'virtio' },
    extraDisks: [],
    nics: [PLAIN_NIC],
    usbPorts: false,
    watchdog: true,
    screen: false,
    smbiosFiles: [],
  };
}

/** Boots, lets a script of the case's folder judge from inside, and switches off. Returns what it said. */
export async function bootAndCheck(
  t: ExecutionContext,
  bench: Workbench,
  spec: MachineSpec,
  script: string,
  credentials: readonly Credential[] = [],
): Promise<string> {
  const folder = join(PROJECT_DIRECTORY, 'test-vm', 'cases');
  const texts = ['expect.sh', script].map((name) => readFile(join(folder, name), 'utf8'));
  const text = (await Promise.all(texts)).join('\n');
  await using machine = await Machine.start(spec, bench.toolbox, {
    credentials: [...checkCredentials(text), ...credentials],
  });
  const verdict = await machine.verdict(BOOT_SECONDS);
  if (!verdict.passed) t.log(await machine.console());
  t.true(verdict.passed, verdict.output);
  t.log(verdict.output);
  await machine.powerOff(120);
  return verdict.output;
}
