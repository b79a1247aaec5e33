import { access, constants, copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arch } from '../builder/image/arch.ts';
import { KilnError } from '../builder/report/errors.ts';
import { Scratch } from '../builder/report/scratch.ts';
import { sha256 } from '../builder/report/sha256.ts';
import { start } from '../builder/tools/run.ts';
import type { Toolbox } from '../builder/tools/toolbox.ts';
import { FIRMWARE } from './firmware.ts';
import { qemuProgram, trialArgs } from './qemu-args.ts';
import type { Accel } from './spec.ts';

/** A working KVM shows the firmware's first characters in less than one. */
const TRIAL_SECONDS = 3;
const POLL_MS = 100;

/** Part of the remembered answer's name: raise it when the trial changes. */
const TRIAL = 2;

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
 * Which acceleration works here. /dev/kvm may open and its guests still hang, even where a guest of a
 * few instructions gets through; so the real firmware is started for some seconds and has to speak on
 * its console. The answer is remembered until the kernel or QEMU changes.
 */
export async function chooseAccel(options: AccelOptions): Promise<Accel> {
  if (options.override !== undefined && options.override !== '') {
    if (options.override === 'kvm' || options.override === 'tcg') return options.override;
    throw new KilnError('usage', `KILN_ACCEL is "${options.override}"`, { hint: 'use kvm or tcg' });
  }
  if (options.arch !== options.hostArch || !(await kvmOpens())) return 'tcg';
  const key = sha256(`${TRIAL} ${release()} ${options.toolbox.identity}`);
  const path = join(options.stateDirectory, 'kvm', key);
  const known = await readFile(path, 'utf8').catch(() => undefined);
  if (known === 'kvm' || known === 'tcg') return known;
  const accel = (await firmwareSpeaks(options)) ? 'kvm' : 'tcg';
  await remember(path, accel);
  return accel;
}

async function kvmOpens(): Promise<boolean> {
  return await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function firmwareSpeaks({ arch, toolbox }: AccelOptions): Promise<boolean> {
  await using scratch = await Scratch.create('kvm-trial');
  const console = join(scratch.path, 'console');
  const vars = join(scratch.path, 'vars.fd');
  await copyFile(toolbox.file(FIRMWARE[arch].vars), vars);
  const args = trialArgs(arch, toolbox.file(FIRMWARE[arch].code), vars, console);
  const qemu = start([...toolbox.command(qemuProgram(arch)), ...args], {
    env: toolbox.env,
    leashed: true,
  });
  qemu.stdout.resume();
  qemu.stderr.resume();
  try {
    for (let waited = 0; waited < TRIAL_SECONDS * 1000; waited += POLL_MS) {
      const said = await readFile(console, 'utf8').catch(() => '');
      if (said !== '') return true;
      await sleep(POLL_MS);
    }
    return false;
  } finally {
    await qemu.stop();
  }
}

async function remember(path: string, accel: Accel): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, accel);
  await rename(`${path}.${process.pid}`, path);
}
