import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../../builder/image/arch.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import type { Toolbox } from '../../builder/tools/toolbox.ts';
import { prepareDisk } from '../release-disk.ts';
import { remoteCredentials } from '../remote.ts';
import type { Accel } from '../spec.ts';
import { machineSpecOf } from './machine-spec.ts';
import type { Network } from './network.ts';
import { type NodeState, type Observation, observed, switchedOff } from './node-state.ts';
import { NodeVm, type Seen } from './node-vm.ts';
import type { Plan, PlannedNode } from './plan.ts';

/** The guest's disk, most of which is never written. */
const DISK_MIB = 16 * 1024;

/** What machines are made with. */
export interface Workshop {
  readonly toolbox: Toolbox;
  /** The disk image of each architecture's release. */
  readonly images: ReadonlyMap<Arch, { readonly path: string; readonly accel: Accel }>;
  /** Where consoles are logged. */
  readonly logs: string;
  readonly signal: AbortSignal;
  /** Seconds since the rehearsal began. */
  readonly clock: () => number;
  /** Called with everything that is seen: what was known of the node before, and what is known of all now. */
  readonly onSeen: (
    seen: Observation,
    before: NodeState,
    states: ReadonlyMap<string, NodeState>,
  ) => void;
}

/** The nodes of a rehearsal: those that are switched on, and what is known of each. */
export class Fleet implements AsyncDisposable {
  readonly #plan: Plan;
  readonly #network: Network;
  readonly #workshop: Workshop;
  readonly #scratch: Scratch;
  readonly #running = new Map<string, NodeVm>();
  readonly #states: Map<string, NodeState>;
  /** How often each was switched on. */
  readonly #starts = new Map<string, number>();

  private constructor(plan: Plan, network: Network, workshop: Workshop, scratch: Scratch) {
    this.#plan = plan;
    this.#network = network;
    this.#workshop = workshop;
    this.#scratch = scratch;
    this.#states = new Map(plan.nodes.map(({ name }) => [name, switchedOff(name)]));
  }

  static async open(plan: Plan, network: Network, workshop: Workshop): Promise<Fleet> {
    return new Fleet(plan, network, workshop, await Scratch.create('rehearsal'));
  }

  get states(): ReadonlyMap<string, NodeState> {
    return this.#states;
  }

  /** Nodes that answer, in the order of the site. */
  get answering(): readonly { readonly node: PlannedNode; readonly vm: NodeVm }[] {
    return this.#plan.nodes.flatMap((node) => {
      const vm = this.#running.get(node.name);
      const hasAnswered = this.#states.get(node.name)?.status !== undefined;
      return vm !== undefined && hasAnswered ? [{ node, vm }] : [];
    });
  }

  /** Switches a node on; the second time its disk is as it was left. */
  async plugIn(name: string): Promise<void> {
    const node = this.#plan.nodes.find((each) => each.name === name);
    const image = node && this.#workshop.images.get(node.arch);
    if (node === undefined || image === undefined) throw new Error(`${name} was not planned`);
    const { toolbox, signal, logs } = this.#workshop;
    const disk = join(this.#scratch.path, `${name}.qcow2`);
    await prepareDisk(toolbox, image.path, disk, DISK_MIB);
    const sockets: string[] = [];
    for (const card of node.cards) sockets.push(await this.#network.socketOf(name, card));
    const count = (this.#starts.get(name) ?? 0) + 1;
    this.#starts.set(name, count);
    const consoleLog = join(logs, `${name}.console${count === 1 ? '' : `-${count}`}.log`);
    // What is in it from another rehearsal is no news of this one.
    await rm(consoleLog, { force: true });
    const spec = machineSpecOf(node, { accel: image.accel, disk, sockets });
    const options = { credentials: await remoteCredentials(), signal, consoleLog };
    const vm = await NodeVm.plugIn(spec, toolbox, options, (seen) => this.#see(name, seen));
    this.#running.set(name, vm);
  }

  /** Pulls a node's plug. */
  async cut(name: string): Promise<void> {
    const vm = this.#running.get(name);
    this.#running.delete(name);
    await vm?.cut();
  }

  #see(name: string, seen: Seen): void {
    const state = this.#states.get(name);
    if (state === undefined) return;
    const stamped: Observation = { ...seen, at: this.#workshop.clock() };
    this.#states.set(name, observed(state, stamped));
    this.#workshop.onSeen(stamped, state, this.#states);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.values()].map((vm) => vm[Symbol.asyncDispose]()));
    await this.#scratch[Symbol.asyncDispose]();
  }
}
