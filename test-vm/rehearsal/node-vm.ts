import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Toolbox } from '../../builder/tools/toolbox.ts';
import type { Verdict } from '../check.ts';
import { Machine, type StartOptions } from '../machine.ts';
import type { MachineSpec } from '../spec.ts';
import { parseStatus } from '../status.ts';
import { parseBootTimes } from './boot-times.ts';
import { kernelStarts, lastLines, plain } from './console-text.ts';
import type { Observation } from './node-state.ts';

const CONSOLE_LINES = 8;
/** How often a node's console and its status are looked at. */
const CONSOLE_MS = 500;
const STATUS_MS = 2000;
/** A box that is busy with its own start may take long to answer. */
const ANSWER_SECONDS = 120;

const BOOT_TIMES = 'systemctl show --property=InitRDTimestampMonotonic,UserspaceTimestampMonotonic';
const STATUS = 'cat /run/kiln/status.json';

/** An observation before it has its time. */
type Unstamped<T> = T extends unknown ? Omit<T, 'at'> : never;
export type Seen = Unstamped<Observation>;

/** A node that is switched on: its machine, and who watches it from outside. */
export class NodeVm implements AsyncDisposable {
  readonly machine: Machine;
  readonly #tell: (seen: Seen) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #watching: Promise<void>;
  /** Scripts run one after the other: each waits for the one before. */
  #before: Promise<unknown> = Promise.resolve();
  #isOver = false;

  private constructor(
    machine: Machine,
    tell: (seen: Seen) => void,
    signal: AbortSignal | undefined,
  ) {
    this.machine = machine;
    this.#tell = tell;
    this.#signal = signal;
    this.#watching = this.#watch();
  }

  static async plugIn(
    spec: MachineSpec,
    toolbox: Toolbox,
    options: StartOptions,
    tell: (seen: Seen) => void,
  ): Promise<NodeVm> {
    const machine = await Machine.start(spec, toolbox, options);
    tell({ kind: 'plugged-in' });
    return new NodeVm(machine, tell, options.signal);
  }

  /** Runs a script in the node; undefined when there is no answer. */
  async ask(script: string, seconds = ANSWER_SECONDS): Promise<Verdict | undefined> {
    const mine = this.#before.then(async () => {
      if (this.#isOver) return undefined;
      return await this.machine.run(script, seconds, { again: true }).catch(() => undefined);
    });
    this.#before = mine;
    return await mine;
  }

  /** Pulls the plug. */
  async cut(): Promise<void> {
    this.#isOver = true;
    await this.machine.cutPower();
    await this[Symbol.asyncDispose]();
    this.#tell({ kind: 'plug-pulled' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.machine[Symbol.asyncDispose]();
    await this.#watching;
  }

  /** Never rejects: what goes wrong with a node is an observation. */
  async #watch(): Promise<void> {
    void this.machine.exited.then(async (code) => {
      // Who interrupts the rehearsal ends its machines.
      const isMeant = this.#isOver || this.#signal?.aborted === true;
      this.#isOver = true;
      if (isMeant) return;
      const words = plain(await this.machine.complaints);
      const how = code === 0 ? 'was switched off from inside' : `ended (QEMU's exit code ${code})`;
      this.#tell({ kind: 'ended', how: words === '' ? how : `${how}: ${words}` });
    });
    let boots = 0;
    let askedAt = Number.NEGATIVE_INFINITY;
    for (let elapsed = 0; !this.#isOver; elapsed += CONSOLE_MS) {
      await this.#lookAtConsole();
      const started = await this.machine.boots().catch(() => 0);
      if (started > boots) {
        boots = started;
        await this.#greet();
      }
      if (boots > 0 && elapsed - askedAt >= STATUS_MS) {
        askedAt = elapsed;
        await this.#askForStatus();
      }
      await sleep(CONSOLE_MS);
    }
  }

  async #lookAtConsole(): Promise<void> {
    const text = await readFile(this.machine.paths.consoleLog, 'utf8').catch(() => '');
    const seen = { kernels: kernelStarts(text), lines: lastLines(text, CONSOLE_LINES) };
    if (!this.#isOver) this.#tell({ kind: 'console', ...seen });
  }

  async #greet(): Promise<void> {
    const answer = await this.ask(BOOT_TIMES);
    if (this.#isOver) return;
    this.#tell({ kind: 'answers', times: parseBootTimes(answer?.output ?? '') });
  }

  async #askForStatus(): Promise<void> {
    const answer = await this.ask(STATUS);
    const status = parseStatus(answer?.output ?? '');
    if (status !== undefined && !this.#isOver) this.#tell({ kind: 'status', status });
  }
}
