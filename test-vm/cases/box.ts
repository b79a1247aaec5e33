import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { Machine, type StartOptions } from '../machine.ts';
import { remoteCredentials } from '../remote.ts';
import type { MachineSpec } from '../spec.ts';
import { type Problem, parseStatus, type Status } from '../status.ts';
import type { Workbench } from './workbench.ts';

/** Emulated, and on a machine that does other things at the same time, a boot can take minutes. */
const BOOT_SECONDS = 600;
const SCRIPT_SECONDS = 180;
const POLL_MS = 1000;

/** What tells why a box is not as it should be. */
const EVIDENCE = [
  'cat /run/kiln/status.json',
  'systemctl list-units --failed --plain --no-legend',
  'networkctl',
  'tail -n +1 /run/systemd/netif/links/*',
  'grep -E -A 12 "WARNING|ERROR|Traceback|Applying network" /var/log/cloud-init.log | tail -n 60',
  'journalctl -b --no-pager -o short-monotonic -u "kiln-*" -u "cloud-*" -u "k0s*" -u "systemd-networkd*" | tail -n 200',
].join('\n');

/** A box with the image, which is watched and asked from outside while it runs. */
export class Box implements AsyncDisposable {
  readonly machine: Machine;
  readonly #t: ExecutionContext;
  readonly #startedAt = performance.now();
  #stick = 0;
  #hasStick = false;

  private constructor(t: ExecutionContext, machine: Machine) {
    this.#t = t;
    this.machine = machine;
  }

  /** Switches a box on; what comes next waits as long as it needs to. */
  static async switchOn(
    t: ExecutionContext,
    bench: Workbench,
    spec: MachineSpec,
    options: Pick<StartOptions, 'wrapper' | 'firmwareVars'> = {},
  ): Promise<Box> {
    const credentials = await remoteCredentials();
    return new Box(t, await Machine.start(spec, bench.toolbox, { ...options, credentials }));
  }

  /** Runs scripts of the cases' folder, as one, in the box; all that they expect must be so. */
  async check(
    scripts: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    await this.machine.untilBoot(1, BOOT_SECONDS);
    const folder = join(PROJECT_DIRECTORY, 'test-vm', 'cases');
    const texts = ['expect.sh', ...scripts].map((name) => readFile(join(folder, name), 'utf8'));
    const settings = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}\n`);
    const verdict = await this.machine.run(
      [...settings, ...(await Promise.all(texts))].join('\n'),
      SCRIPT_SECONDS,
    );
    if (!verdict.passed) await this.#showEvidence();
    this.#t.true(verdict.passed, `${scripts.join(' ')}:\n${verdict.output}`);
    return verdict.output;
  }

  /** What a command says, which must succeed. */
  async say(command: string): Promise<string> {
    const verdict = await this.machine.run(command, SCRIPT_SECONDS);
    this.#t.true(verdict.passed, `${command}:\n${verdict.output}`);
    return verdict.output.trim();
  }

  /** What the box says of itself; undefined as long as it says nothing. */
  async status(): Promise<Status | undefined> {
    const command = 'cat /run/kiln/status.json';
    const { output } = await this.machine.run(command, BOOT_SECONDS, { again: true });
    return parseStatus(output);
  }

  /** Waits until the box's status is as wanted; `what` is for the message when it never is. */
  async until(
    what: string,
    wanted: (status: Status) => boolean,
    seconds = BOOT_SECONDS,
  ): Promise<Status> {
    await this.machine.untilBoot(1, BOOT_SECONDS);
    const end = performance.now() + seconds * 1000;
    let last: Status | undefined;
    while (performance.now() < end) {
      last = await this.status();
      if (last !== undefined && wanted(last)) {
        this.#t.log(`${what} after ${((performance.now() - this.#startedAt) / 1000).toFixed(0)} s`);
        return last;
      }
      await sleep(POLL_MS);
    }
    await this.#showEvidence();
    throw this.#t.fail(`waited ${seconds} s for: ${what}; the box says ${JSON.stringify(last)}`);
  }

  /** Waits until a file is there. */
  async untilFile(path: string): Promise<void> {
    await this.machine.untilBoot(1, BOOT_SECONDS);
    const wait = `until [ -e ${quoted(path)} ]; do sleep 0.1; done`;
    await this.machine.run(wait, BOOT_SECONDS);
  }

  async untilReady(role: string): Promise<Status> {
    return await this.until(
      `${role} ready`,
      (status) => status.state === 'ready' && status.role === role,
    );
  }

  /**
   * Waits until the box has a problem with a text in its key and message. It must be the only one, besides
   * that no time server can be reached from most of the networks here.
   */
  async untilProblem(text: RegExp, seconds = BOOT_SECONDS): Promise<Status> {
    const isIt = ({ key, message }: Problem): boolean => text.test(`${key}: ${message}`);
    const found = await this.until(
      `problem ${text}`,
      ({ problems }) => problems.some(isIt),
      seconds,
    );
    const others = found.problems.filter(({ key }) => key !== 'clock');
    if (others.length !== 1) await this.#showEvidence();
    this.#t.is(others.length, 1, JSON.stringify(found.problems));
    return found;
  }

  /** Takes the stick out, if there is one, and plugs another one in. Right after the start it is there from the start. */
  async giveStick(image: string): Promise<void> {
    await this.takeStick();
    this.#stick += 1;
    await this.machine.plugIn(`stick${this.#stick}`, image);
    this.#hasStick = true;
  }

  async takeStick(): Promise<void> {
    if (this.#hasStick) await this.machine.pullOut(`stick${this.#stick}`);
    this.#hasStick = false;
  }

  /** Tells the box to start again, and waits until it has. */
  async restart(): Promise<void> {
    const boots = await this.machine.boots();
    await this.machine.tell('systemctl --no-block reboot');
    await this.untilRestarted(boots + 1);
  }

  /** Waits until the box has started again by itself or because it was told to. */
  async untilRestarted(boot: number): Promise<void> {
    await this.machine.untilBoot(boot, BOOT_SECONDS);
  }

  /** Waits until a text is on the serial console, at any place and however its lines are broken. */
  async untilConsoleShows(text: RegExp, seconds = 60): Promise<void> {
    const anywhere = new RegExp(text.source.replace(/^\^/, ''));
    await this.machine.waitFor(`${text} on the console`, seconds, async () =>
      anywhere.test(unwrapped(await this.machine.console())) ? true : undefined,
    );
  }

  async switchOff(): Promise<void> {
    await this.machine.powerOff(120);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine[Symbol.asyncDispose]();
  }

  async #showEvidence(): Promise<void> {
    const evidence = await this.machine.run(EVIDENCE, SCRIPT_SECONDS).catch(String);
    this.#t.log(typeof evidence === 'string' ? evidence : evidence.output);
    this.#t.log((await this.machine.console()).slice(-4000));
  }
}

/** The console's text in one line: the banner breaks long ones. */
export function unwrapped(console: string): string {
  return console.replaceAll(/\s+/g, ' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
