import { access, constants, copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../builder/report/error-code.ts';
import { KilnError } from '../builder/report/errors.ts';
import { Scratch } from '../builder/report/scratch.ts';
import { type Running, start } from '../builder/tools/run.ts';
import type { Toolbox } from '../builder/tools/toolbox.ts';
import { boardArgs } from './board-args.ts';
import { parseVerdict, type Verdict } from './check.ts';
import { type Credential, writeCredentials } from './credentials.ts';
import { FIRMWARE } from './firmware.ts';
import { monitorCommand } from './monitor.ts';
import { qemuArgs, qemuProgram, USB_BUS } from './qemu-args.ts';
import { RemotePort } from './remote.ts';
import type { BoardSpec, MachinePaths, MachineSpec } from './spec.ts';

const POLL_MS = 100;
const PRESS_MS = 5000;

/** What a machine gets besides its spec. */
export interface StartOptions {
  readonly credentials?: readonly Credential[];
  readonly signal?: AbortSignal;
  /** A program and its arguments that run QEMU: to be somewhere else. */
  readonly wrapper?: readonly string[];
  /** Where the console's log goes, to be kept; otherwise it goes with the machine. */
  readonly consoleLog?: string;
  /** Where the firmware keeps its variables, from one start to the next; made at the first. */
  readonly firmwareVars?: string;
}

/** A running virtual machine; leaving the block that started it switches it off and removes its files. */
export class Machine implements AsyncDisposable {
  readonly paths: MachinePaths;
  readonly #scratch: Scratch;
  readonly #qemu: Running;
  readonly #errors: Promise<string>;
  #remote: Promise<RemotePort> | undefined;

  private constructor(scratch: Scratch, paths: MachinePaths, qemu: Running) {
    this.#scratch = scratch;
    this.paths = paths;
    this.#qemu = qemu;
    this.#errors = drained(qemu);
  }

  /** Starts a machine. The spec's `smbiosFiles` are joined by one for each credential. */
  static async start(
    spec: MachineSpec,
    toolbox: Toolbox,
    options: StartOptions = {},
  ): Promise<Machine> {
    const scratch = await Scratch.create('vm');
    const paths = pathsIn(scratch.path, options);
    const firmware = FIRMWARE[spec.arch];
    await copyFile(toolbox.file(firmware.vars), paths.firmwareVars, constants.COPYFILE_EXCL).catch(
      (error: unknown) => {
        // They are of a start before.
        if (!hasCode(error, 'EEXIST')) throw error;
      },
    );
    const files = await writeCredentials(options.credentials ?? [], scratch.path);
    const complete = { ...spec, smbiosFiles: [...spec.smbiosFiles, ...files] };
    const argv = qemuArgs(complete, paths, toolbox.file(firmware.code));
    const program = [...(options.wrapper ?? []), ...toolbox.command(qemuProgram(spec.arch))];
    return Machine.#of(scratch, paths, [...program, ...argv], toolbox, options.signal);
  }

  /** Starts a Raspberry Pi. It says nothing over ports, and has no power button: what is left is its console. */
  static async startBoard(
    spec: BoardSpec,
    toolbox: Toolbox,
    options: Pick<StartOptions, 'signal' | 'consoleLog'> = {},
  ): Promise<Machine> {
    const scratch = await Scratch.create('vm');
    const paths = pathsIn(scratch.path, options);
    const program = toolbox.command(qemuProgram('arm64'));
    const argv = [...program, ...boardArgs(spec, paths)];
    return Machine.#of(scratch, paths, argv, toolbox, options.signal);
  }

  static #of(
    scratch: Scratch,
    paths: MachinePaths,
    argv: readonly string[],
    { env }: Toolbox,
    signal: AbortSignal | undefined,
  ): Machine {
    const qemu = start(argv, { env, leashed: true, ...(signal === undefined ? {} : { signal }) });
    return new Machine(scratch, paths, qemu);
  }

  /** QEMU's exit code, once it has ended. */
  get exited(): Promise<number> {
    return this.#qemu.exited;
  }

  /** What QEMU itself had to complain about, once it has ended. */
  get complaints(): Promise<string> {
    return this.#errors;
  }

  /** Waits until QEMU listens on the console's socket. */
  async consoleReady(): Promise<void> {
    await this.#listens('the console', this.paths.consoleSocket);
  }

  /** Everything that came over the serial console so far. */
  async console(): Promise<string> {
    return await readFile(this.paths.consoleLog, 'utf8').catch(() => '');
  }

  /**
   * Waits for the guest's verdict.
   * @throws KilnError with the end of the console when the guest stays silent or the machine stops
   */
  async verdict(timeoutSeconds: number): Promise<Verdict> {
    return await this.waitFor('a verdict', timeoutSeconds, async () =>
      parseVerdict(await readFile(this.paths.verdictLog, 'utf8').catch(() => '')),
    );
  }

  /** Waits until the console shows a text. */
  async consoleShows(pattern: RegExp, timeoutSeconds: number): Promise<string> {
    return await this.waitFor(`${pattern} on the console`, timeoutSeconds, async () => {
      return pattern.exec(await this.console())?.[0];
    });
  }

  /**
   * Waits until something is found.
   * @throws KilnError with the end of the console when it is not, or the machine stops before
   */
  async waitFor<T>(
    what: string,
    timeoutSeconds: number,
    look: () => Promise<T | undefined>,
  ): Promise<T> {
    let ended = false;
    void this.exited.then(() => {
      ended = true;
    });
    for (let waited = 0; waited < timeoutSeconds * 1000; waited += POLL_MS) {
      // Looked at after the end as well: the last words count.
      const over = ended;
      const found = await look();
      if (found !== undefined) return found;
      if (over) throw await this.#silence(what, waited / 1000);
      await sleep(POLL_MS);
    }
    throw await this.#silence(what, timeoutSeconds);
  }

  /**
   * Runs a script in the guest, which was started with `remoteCredentials`, and waits for its end. One
   * at a time.
   * @param script POSIX sh, run as root; `again` sends it once more when the guest restarts meanwhile
   */
  async run(script: string, timeoutSeconds: number, { again = false } = {}): Promise<Verdict> {
    const remote = await this.#remotePort();
    let { boots } = remote;
    let number = remote.send(script);
    return await this.waitFor('the answer to a script', timeoutSeconds, async () => {
      if (again && remote.boots !== boots) {
        boots = remote.boots;
        number = remote.send(script);
      }
      return remote.answer(number);
    });
  }

  /** Has a script run in the guest, and does not wait for it: for what ends the guest. */
  async tell(script: string): Promise<void> {
    (await this.#remotePort()).send(script);
  }

  /** Waits until the guest, started with `remoteCredentials`, is up for the given time (1 is the first) and takes scripts. */
  async untilBoot(count: number, timeoutSeconds: number): Promise<void> {
    const remote = await this.#remotePort();
    await this.waitFor(`start number ${count}`, timeoutSeconds, async () =>
      remote.boots >= count ? true : undefined,
    );
  }

  /** How often the guest has started, as far as it has said so. */
  async boots(): Promise<number> {
    return (await this.#remotePort()).boots;
  }

  /** Plugs in a USB stick; the spec has `usbPorts`. */
  async plugIn(id: string, image: string): Promise<void> {
    const { monitorSocket } = this.paths;
    await this.#listens('the monitor', monitorSocket);
    await monitorCommand(monitorSocket, 'blockdev-add', {
      'node-name': id,
      driver: 'raw',
      'read-only': true,
      file: { driver: 'file', filename: image },
    });
    const device = { id: `${id}-stick`, drive: id, bus: USB_BUS, serial: id, removable: true };
    await monitorCommand(monitorSocket, 'device_add', { driver: 'usb-storage', ...device });
  }

  /** Pulls a stick out. The guest is not asked, as with a real one. */
  async pullOut(id: string): Promise<void> {
    const { monitorSocket } = this.paths;
    await monitorCommand(monitorSocket, 'device_del', { id: `${id}-stick` });
    await this.waitFor(`the stick ${id} to be gone`, 30, async () =>
      monitorCommand(monitorSocket, 'blockdev-del', { 'node-name': id }).then(
        () => true,
        () => undefined,
      ),
    );
  }

  /**
   * Presses the power button and waits until the machine is off. Who presses it right after the start
   * has to press again: the guest listens only once its drivers are up.
   */
  async powerOff(timeoutSeconds: number): Promise<void> {
    const pressing = setInterval(() => {
      void monitorCommand(this.paths.monitorSocket, 'system_powerdown').catch(() => {});
    }, PRESS_MS);
    try {
      await monitorCommand(this.paths.monitorSocket, 'system_powerdown');
      await this.untilOff(timeoutSeconds);
    } finally {
      clearInterval(pressing);
    }
  }

  /** Waits until the guest has switched the machine off. */
  async untilOff(timeoutSeconds: number): Promise<void> {
    const off = await Promise.race([
      this.exited.then(() => true),
      sleep(timeoutSeconds * 1000, false, { ref: false }),
    ]);
    if (!off) throw await this.#silence('the machine to be off', timeoutSeconds);
  }

  /** What a screen would show, as a PPM picture. */
  async screenshot(path: string): Promise<void> {
    await monitorCommand(this.paths.monitorSocket, 'screendump', { filename: path });
  }

  /** Cuts the power: QEMU is killed, and what it has not written is lost. */
  async cutPower(): Promise<void> {
    await this.#qemu.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remote?.then((remote) => remote.close()).catch(() => undefined);
    await this.#qemu.stop();
    await this.#scratch[Symbol.asyncDispose]();
  }

  #remotePort(): Promise<RemotePort> {
    const { remoteSocket } = this.paths;
    // The socket is there a moment before QEMU listens on it.
    this.#remote ??= this.waitFor('the remote port', 30, async () =>
      RemotePort.connect(remoteSocket).catch(() => undefined),
    );
    this.#remote.catch(() => {
      this.#remote = undefined;
    });
    return this.#remote;
  }

  async #listens(what: string, socket: string): Promise<void> {
    await this.waitFor(what, 30, async () =>
      access(socket).then(
        () => true,
        () => undefined,
      ),
    );
  }

  async #silence(what: string, seconds: number): Promise<KilnError> {
    const lines = (await this.console()).trimEnd().split('\n').slice(-40).join('\n');
    const errors = await Promise.race([this.#errors, sleep(200, '')]);
    return new KilnError(
      'host',
      `the virtual machine: waited ${Math.round(seconds)} s for ${what}, in vain\n${errors}\nthe end of its console:\n${lines}`,
      { hint: 'KILN_ACCEL=tcg rules out a broken KVM; a slow host may need more time' },
    );
  }
}

function pathsIn(directory: string, options: StartOptions): MachinePaths {
  return {
    consoleLog: options.consoleLog ?? join(directory, 'console.log'),
    consoleSocket: join(directory, 'console.socket'),
    verdictLog: join(directory, 'verdict.log'),
    remoteSocket: join(directory, 'remote.socket'),
    monitorSocket: join(directory, 'monitor.socket'),
    firmwareVars: options.firmwareVars ?? join(directory, 'firmware-vars.fd'),
  };
}

/** QEMU's own output must be read, or it stops when the pipe is full; its errors are kept. */
async function drained(qemu: Running): Promise<string> {
  qemu.stdout.resume();
  let text = '';
  for await (const chunk of qemu.stderr) text = `${text}${String(chunk)}`.slice(-4096);
  return text;
}
