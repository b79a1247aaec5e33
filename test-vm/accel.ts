import { access, constants, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arch } from '../builder/image/arch.ts';
import { KilnError } from '../builder/report/errors.ts';
import { Scratch } from '../builder/report/scratch.ts';
import { sha256 } from '../builder/report/sha256.ts';
import { start } from '../builder/tools/run.ts';
import type { Toolbox } from '../builder/tools/toolbox.ts';
import { qemuProgram } from './qemu-args.ts';
import type { Accel } from './spec.ts';

const TRIAL_SECONDS = 2;

/** How the guest of the trial says that it ran: QEMU ends with this exit code. */
interface Trial {
  readonly program: Buffer;
  readonly exitCode: number;
  readonly args: (file: string) => string[];
}

const TRIALS: Readonly<Record<Arch, Trial>> = {
  x86_64: {
    // A boot sector: mov $0x2a,%al; out %al,$0xf4; hlt. isa-debug-exit ends with 2 × value + 1.
    program: Buffer.concat([
      Buffer.from([0xb0, 0x2a, 0xe6, 0xf4, 0xf4]),
      Buffer.alloc(505),
      Buffer.from([0x55, 0xaa]),
    ]),
    exitCode: 85,
    args: (file) => [
      ...['-machine', 'pc', '-drive', `format=raw,file=${file}`],
      ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'],
    ],
  },
  arm64: {
    // movz w0,#0x8400,lsl #16; movk w0,#8; hvc #0: PSCI SYSTEM_OFF.
    program: Buffer.from('0080b05200018072020000d400000014', 'hex'),
    exitCode: 0,
    args: (file) => [
      ...['-machine', 'virt'],
      ...['-device', `loader,file=${file},addr=0x40080000,cpu-num=0`],
    ],
  },
};

/** What the choice depends on. */
export interface AccelOptions {
  readonly arch: Arch;
  readonly hostArch: Arch;
  readonly toolbox: Toolbox;
  /** Where the answer is remembered. */
  readonly stateDirectory: string;
  /** `KILN_ACCEL`, when set. */
  readonly override: string | undefined;
}

/**
 * Which acceleration works here. /dev/kvm may open and its guests still hang, so a tiny guest is
 * given two seconds to say that it ran; the answer is remembered until the kernel or QEMU changes.
 */
export async function chooseAccel(options: AccelOptions): Promise<Accel> {
  if (options.override !== undefined && options.override !== '') {
    if (options.override === 'kvm' || options.override === 'tcg') return options.override;
    throw new KilnError('usage', `KILN_ACCEL is "${options.override}"`, { hint: 'use kvm or tcg' });
  }
  if (options.arch !== options.hostArch || !(await kvmOpens())) return 'tcg';
  const key = sha256(`${release()} ${options.toolbox.identity}`);
  const path = join(options.stateDirectory, 'kvm', key);
  const known = await readFile(path, 'utf8').catch(() => undefined);
  if (known === 'kvm' || known === 'tcg') return known;
  const accel = (await guestRuns(options)) ? 'kvm' : 'tcg';
  await remember(path, accel);
  return accel;
}

async function kvmOpens(): Promise<boolean> {
  return await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function guestRuns({ arch, toolbox }: AccelOptions): Promise<boolean> {
  const trial = TRIALS[arch];
  await using scratch = await Scratch.create('kvm-trial');
  const file = join(scratch.path, 'guest');
  await writeFile(file, trial.program);
  const common = ['-nodefaults', '-display', 'none', '-accel', 'kvm', '-cpu', 'host', '-m', '64M'];
  const qemu = start([...toolbox.command(qemuProgram(arch)), ...common, ...trial.args(file)], {
    env: toolbox.env,
  });
  qemu.stdout.resume();
  qemu.stderr.resume();
  const code = await Promise.race([qemu.exited, sleep(TRIAL_SECONDS * 1000, undefined)]);
  await qemu.stop();
  return code === trial.exitCode;
}

async function remember(path: string, accel: Accel): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, accel);
  await rename(`${path}.${process.pid}`, path);
}
