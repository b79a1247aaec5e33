import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { chooseAccel } from '../../test-vm/accel.ts';
import { checkCredentials } from '../../test-vm/check.ts';
import { joinConsole } from '../../test-vm/console.ts';
import { Machine } from '../../test-vm/machine.ts';
import { prepareDisk, releaseDisk } from '../../test-vm/release-disk.ts';
import { collectReport, reportScript } from '../../test-vm/report/report.ts';
import {
  type Accel,
  type ExtraDisk,
  type Forward,
  type MachineSpec,
  PLAIN_NIC,
} from '../../test-vm/spec.ts';
import { Scratch } from '../report/scratch.ts';
import { hostArch, type Toolbox } from '../tools/toolbox.ts';
import { openTools } from './open-tools.ts';
import { type Session, workspaceOf } from './options.ts';

interface VmOptions {
  readonly report?: boolean;
  readonly memory: number;
  readonly cpus: number;
  readonly diskSize: number;
  readonly disk?: string;
  readonly forward?: readonly Forward[];
  readonly attach?: readonly ExtraDisk[];
  readonly seed?: readonly ExtraDisk[];
  readonly screen?: boolean;
  readonly consoleLog?: string;
  readonly timeout: number;
}

const HELP = `
Examples:
  $ kiln vm out/kiln-0.1.0-x86_64                      # its console here; Ctrl-] switches it off
  $ kiln vm out/kiln-0.1.0-x86_64 --forward 2222:22 --seed site/c1.iso
  $ kiln vm out/kiln-0.1.0-arm64 --report
  $ kiln vm out/kiln-0.1.0-x86_64 --disk c1.qcow2      # keeps what the box writes

KILN_ACCEL=kvm or tcg decides about acceleration; otherwise KVM is used when a trial guest really runs.`;

/** Adds `kiln vm`: boots a release in QEMU, as it is, on a disk that is thrown away. */
export function addVm(program: Command, session: Session): void {
  program
    .command('vm')
    .summary('boot a release in a virtual machine')
    .description('Boots a release in QEMU, from the firmware on, with its console in the terminal.')
    .argument('<release>', 'directory of a release')
    .option('--report', 'wait until the box is up, print what it reports, switch it off')
    .option('--memory <MiB>', 'memory', positive, 2048)
    .option('--cpus <number>', 'processors', positive, 2)
    .option('--disk-size <MiB>', 'size of the disk that the image is on', positive, 8192)
    .option('--disk <file>', 'keep the disk in this file, made when it is not there')
    .option('--forward <host:guest>', 'lead a TCP port of localhost to the box', addForward)
    .option('--attach <file>', 'attach a raw disk image, read-only', addDisk('virtio'))
    .option('--seed <file>', 'attach an ISO as a CD', addDisk('cdrom'))
    .option('--screen', 'give the box a screen')
    .option('--console-log <file>', 'also write the console to this file')
    .option('--timeout <seconds>', 'how long to wait for the report', positive, 600)
    .addHelpText('after', HELP)
    .action((release: string, options: VmOptions) => bootRelease(release, options, session));
}

async function bootRelease(release: string, options: VmOptions, session: Session): Promise<void> {
  const workspace = workspaceOf({}, session.env);
  const store = await workspace.openStore(session);
  const { toolbox } = await openTools({ workspace, store, session });
  const image = await releaseDisk(release);
  const accel = await chooseAccel({
    arch: image.arch,
    hostArch: hostArch(),
    toolbox,
    stateDirectory: workspace.storeRoot,
    override: session.env.KILN_ACCEL,
  });
  await using scratch = await Scratch.create('vm-disk');
  const disk = options.disk ?? `${scratch.path}/disk.qcow2`;
  await prepareDisk(toolbox, image.path, disk, options.diskSize);
  const spec = specOf(image.arch, disk, accel, options);
  if (options.report === true) await report(spec, toolbox, options, session);
  else await interact(spec, toolbox, options, session);
}

function specOf(
  arch: MachineSpec['arch'],
  disk: string,
  accel: Accel,
  options: VmOptions,
): MachineSpec {
  return {
    arch,
    accel,
    cpus: options.cpus,
    memoryMiB: options.memory,
    disk: { path: disk, format: 'qcow2', bus: 'virtio' },
    extraDisks: [...(options.attach ?? []), ...(options.seed ?? [])],
    nics: [{ ...PLAIN_NIC, forwards: options.forward ?? [] }],
    usbPorts: false,
    watchdog: true,
    screen: options.screen === true,
    smbiosFiles: [],
  };
}

async function report(
  spec: MachineSpec,
  toolbox: Toolbox,
  options: VmOptions,
  { progress, signal }: Session,
): Promise<void> {
  const credentials = checkCredentials(await reportScript());
  const startedAt = performance.now();
  await using machine = await Machine.start(spec, toolbox, {
    credentials,
    signal,
    ...(options.consoleLog !== undefined && { consoleLog: await logFile(options.consoleLog) }),
  });
  const how = spec.accel === 'kvm' ? 'with KVM' : 'under software emulation';
  const text = await progress.step(`Booting in QEMU ${how}`, (meter) =>
    collectReport(machine, meter, { startedAt, now: () => performance.now() }, options.timeout),
  );
  process.stdout.write(text);
}

async function interact(
  spec: MachineSpec,
  toolbox: Toolbox,
  options: VmOptions,
  { signal }: Session,
): Promise<void> {
  await using machine = await Machine.start(spec, toolbox, {
    signal,
    ...(options.consoleLog !== undefined && { consoleLog: await logFile(options.consoleLog) }),
  });
  await joinConsole(machine, { input: process.stdin, output: process.stdout });
}

async function logFile(path: string): Promise<string> {
  await mkdir(dirname(resolve(path)), { recursive: true });
  return resolve(path);
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

function addForward(text: string, before: readonly Forward[] = []): readonly Forward[] {
  const [, host, guest] = /^(\d{1,5}):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || guest === undefined) {
    throw new InvalidArgumentError('It must be two ports, as 2222:22.');
  }
  return [...before, { host: Number(host), guest: Number(guest) }];
}

function addDisk(bus: ExtraDisk['bus']) {
  return (path: string, before: readonly ExtraDisk[] = []): readonly ExtraDisk[] => [
    ...before,
    { path: resolve(path), format: 'raw', bus, readOnly: true },
  ];
}
