import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KilnError } from '../../builder/report/errors.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { isWithin, parseCidr, parseIp } from '../../builder/site/definition/ip.ts';
import { type Running, start } from '../../builder/tools/run.ts';
import { hostArch, type Toolbox } from '../../builder/tools/toolbox.ts';
import { Lan } from '../lan.ts';
import { monitorCommand } from '../monitor.ts';
import { qemuProgram } from '../qemu-args.ts';
import type { Card } from './cards.ts';
import { forwardCommand, gatewayArgs, type PluggedGateway } from './gateway-args.ts';
import type { Gateway } from './gateways.ts';
import type { Plan } from './plan.ts';

const START_SECONDS = 20;
const POLL_MS = 50;

/** The networks of a site with its gateways, as long as a rehearsal takes. */
export class Network implements AsyncDisposable {
  readonly #lans: ReadonlyMap<string, Lan>;
  readonly #aggregates = new Map<string, Promise<string>>();
  readonly #gateways: readonly Gateway[];
  readonly #scratch: Scratch;
  #router: Running | undefined;

  private constructor(
    lans: ReadonlyMap<string, Lan>,
    gateways: readonly Gateway[],
    scratch: Scratch,
  ) {
    this.#lans = lans;
    this.#gateways = gateways;
    this.#scratch = scratch;
  }

  /** @throws KilnError `host` when QEMU refuses to be the gateway */
  static async open(
    plan: Pick<Plan, 'lans' | 'gateways' | 'isOnline'>,
    toolbox: Toolbox,
    signal: AbortSignal,
  ): Promise<Network> {
    const lans = new Map<string, Lan>();
    for (const name of plan.lans) lans.set(name, await Lan.open());
    const network = new Network(lans, plan.gateways, await Scratch.create('gateway'));
    try {
      if (plan.gateways.length > 0) await network.#startRouter(plan.isOnline, toolbox, signal);
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The socket that a node's card is plugged into. */
  async socketOf(node: string, { lan: name, aggregate }: Card): Promise<string> {
    const lan = this.#lan(name);
    if (aggregate === undefined) return lan.socket;
    const key = `${name}/${node}/${aggregate}`;
    const port = this.#aggregates.get(key) ?? lan.port({ isAggregate: true });
    this.#aggregates.set(key, port);
    return await port;
  }

  /**
   * Leads a free port of the host's loopback address to a port of a node, and returns it; undefined when the
   * node is in no network that a gateway is in, or has an IPv6 address: QEMU forwards to IPv4 alone.
   */
  async forward(address: string, port: number): Promise<number | undefined> {
    const ip = parseIp(address);
    const gateway = this.#gateways.find(({ ipv4 }) => {
      const network = ipv4 && parseCidr(ipv4.network);
      return ip !== undefined && network !== undefined && isWithin(ip, network);
    });
    if (gateway === undefined) return undefined;
    const hostPort = await freePort();
    const command = forwardCommand(gateway, hostPort, { address, port });
    const answer = await monitorCommand(this.#monitorSocket, 'human-monitor-command', {
      'command-line': command,
    });
    if (answer === '') return hostPort;
    throw new KilnError('host', `QEMU does not forward to ${address}: ${String(answer).trim()}`);
  }

  get #monitorSocket(): string {
    return join(this.#scratch.path, 'monitor.socket');
  }

  #lan(name: string): Lan {
    const lan = this.#lans.get(name);
    if (lan === undefined) throw new Error(`no LAN ${name} was planned`);
    return lan;
  }

  async #startRouter(isOnline: boolean, toolbox: Toolbox, signal: AbortSignal): Promise<void> {
    const plugged: PluggedGateway[] = [];
    for (const gateway of this.#gateways) {
      const lan = this.#lan(gateway.lan);
      const { vlan } = gateway;
      plugged.push({ gateway, socket: vlan === undefined ? lan.socket : await lan.port({ vlan }) });
    }
    const args = gatewayArgs(plugged, this.#monitorSocket, isOnline);
    const program = toolbox.command(qemuProgram(hostArch()));
    const router = start([...program, ...args], { env: toolbox.env, signal });
    this.#router = router;
    let said = '';
    router.stdout.resume();
    router.stderr.on('data', (bytes: Buffer) => {
      said = `${said}${bytes.toString()}`.slice(-4096);
    });
    let code: number | undefined;
    void router.exited.then((exitCode) => {
      code = exitCode;
    });
    for (let waited = 0; waited < START_SECONDS * 1000; waited += POLL_MS) {
      if (await answers(this.#monitorSocket)) return;
      if (code !== undefined) break;
      await sleep(POLL_MS);
    }
    throw new KilnError('host', `QEMU does not run as the site's gateway:\n${said.trim()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#router?.stop();
    for (const lan of this.#lans.values()) await lan[Symbol.asyncDispose]();
    await this.#scratch[Symbol.asyncDispose]();
  }
}

/** The socket is there before QEMU knows whether it can run; only then does it answer. */
async function answers(monitorSocket: string): Promise<boolean> {
  return await monitorCommand(monitorSocket, 'query-version').then(
    (version) => version !== undefined,
    () => false,
  );
}

/** Somebody else may take it before QEMU does; then QEMU says so. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
