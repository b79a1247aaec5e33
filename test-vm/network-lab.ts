import { spawnSync } from 'node:child_process';
import { threadId } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { type Running, run, start } from '../builder/tools/run.ts';
import type { Toolbox } from '../builder/tools/toolbox.ts';

/** A machine of the lab: a network namespace with one card, `eth0`. */
export interface LabMachine {
  readonly name: string;
  /** Hardware address of its card. */
  readonly mac: string;
  /** Runs a program in it, to its end. */
  run(argv: readonly string[]): Promise<string>;
  /** Starts a program in it. */
  start(argv: readonly string[], env?: Readonly<Record<string, string>>): Running;
  giveAddress(address: string): Promise<void>;
}

/** A lab for a test; undefined where there can be none, which is said in the test's log: then the test is over. */
export async function openLab(
  t: ExecutionContext,
  toolbox: Toolbox,
): Promise<NetworkLab | undefined> {
  const why = whyNoLab(toolbox);
  if (why === undefined) return await NetworkLab.open(toolbox);
  t.log(`not tried: ${why}`);
  t.pass();
  return undefined;
}

/** Why there can be no lab on this machine; undefined when there can. */
function whyNoLab(toolbox: Toolbox): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `kiln-try-${process.pid}-${threadId}`;
  const ip = (...argv: readonly string[]) => {
    const [program = '', ...rest] = [...toolbox.command('ip'), 'netns', ...argv, name];
    return spawnSync(program, rest, { env: toolbox.env, encoding: 'utf8' });
  };
  const { status, stderr } = ip('add');
  ip('del');
  return status === 0 ? undefined : `network namespaces cannot be made here: ${stderr.trim()}`;
}

/** Machines at one switch, in network namespaces: nothing of it is seen outside. */
export class NetworkLab implements AsyncDisposable {
  readonly #toolbox: Toolbox;
  readonly #prefix = `kiln-${process.pid}-${threadId}`;
  readonly #names: string[] = [];

  private constructor(toolbox: Toolbox) {
    this.#toolbox = toolbox;
  }

  static async open(toolbox: Toolbox): Promise<NetworkLab> {
    const lab = new NetworkLab(toolbox);
    await lab.#ip('netns', 'add', lab.#switch);
    lab.#names.push(lab.#switch);
    await lab.#ip('-n', lab.#switch, 'link', 'add', 'br0', 'type', 'bridge');
    await lab.#ip('-n', lab.#switch, 'link', 'set', 'br0', 'up');
    return lab;
  }

  get #switch(): string {
    return `${this.#prefix}-switch`;
  }

  /** Plugs a machine in; its number is part of its hardware address. */
  async machine(name: string, number: number): Promise<LabMachine> {
    const namespace = `${this.#prefix}-${name}`;
    const mac = `52:54:00:1a:b0:${number.toString(16).padStart(2, '0')}`;
    await this.#ip('netns', 'add', namespace);
    this.#names.push(namespace);
    const far = ['peer', 'name', 'eth0', 'address', mac, 'netns', namespace];
    await this.#ip('-n', this.#switch, 'link', 'add', `port${number}`, 'type', 'veth', ...far);
    await this.#ip('-n', this.#switch, 'link', 'set', `port${number}`, 'master', 'br0', 'up');
    await this.#ip('-n', namespace, 'link', 'set', 'lo', 'up');
    await this.#ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    // For who has no address yet and speaks to everybody.
    await this.#ip('-n', namespace, 'route', 'add', '255.255.255.255', 'dev', 'eth0');
    const inside = [...this.#toolbox.command('ip'), 'netns', 'exec', namespace];
    const { env } = this.#toolbox;
    return {
      ...{ name, mac },
      run: async (argv) => (await run([...inside, ...argv], { env })).stdout,
      start: (argv, more = {}) => start([...inside, ...argv], { env: { ...env, ...more } }),
      giveAddress: async (address) => {
        await this.#ip('-n', namespace, 'addr', 'add', address, 'dev', 'eth0');
      },
    };
  }

  /** A port of the switch for a virtual machine: the name of its tap interface. */
  async tap(name: string): Promise<string> {
    await this.#ip('-n', this.#switch, 'tuntap', 'add', 'dev', name, 'mode', 'tap');
    await this.#ip('-n', this.#switch, 'link', 'set', name, 'master', 'br0', 'up');
    return name;
  }

  /** What comes before the command of a program that has to be at the switch, as QEMU with a `tap`. */
  get atSwitch(): readonly string[] {
    return [...this.#toolbox.command('ip'), 'netns', 'exec', this.#switch];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#names.reverse()) await this.#ip('netns', 'del', name);
  }

  async #ip(...argv: readonly string[]): Promise<void> {
    await run([...this.#toolbox.command('ip'), ...argv], { env: this.#toolbox.env });
  }
}
