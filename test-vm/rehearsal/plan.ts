import { join } from 'node:path';
import type { Arch } from '../../builder/image/arch.ts';
import { KilnError } from '../../builder/report/errors.ts';
import type { Role, Site, SiteNode } from '../../builder/site/definition/site.ts';
import { type Card, cardsOf } from './cards.ts';
import { type Gateway, gatewaysOf } from './gateways.ts';
import type { Cut, RehearsalOptions } from './options.ts';
import { participants, refuseDeadlock, startOrder } from './order.ts';

/** What rehearsals do with the host. */
export interface HostFacts {
  readonly cores: number;
  /** How guests of an architecture run here. */
  readonly isEmulated: (arch: Arch) => boolean;
}

/** A node as it is going to run. */
export interface PlannedNode {
  readonly name: string;
  readonly role: Role;
  readonly arch: Arch;
  /** Undefined where DHCP gives it. */
  readonly address: string | undefined;
  readonly serial: string | undefined;
  /** The seed, as it was written. */
  readonly iso: string;
  readonly cards: readonly Card[];
  readonly memoryMiB: number;
  readonly cpus: number;
  /** Whether it stays off, and the others shall miss it. */
  readonly staysOff: boolean;
}

/** What has to be so in the end. */
export interface Goal {
  /** Nodes that Kubernetes has to know. */
  readonly workers: readonly string[];
  /** Members that etcd has to have, by address; undefined where k0s runs no etcd. */
  readonly etcdMembers: readonly string[] | undefined;
  /** Where each node has to reach the API, and which address one controller has to have for it. */
  readonly api: { readonly host: string; readonly port: number; readonly isVirtual: boolean };
}

/** A rehearsal, decided: the same site and options give the same plan. */
export interface Plan {
  readonly site: string;
  /** In the order of the site. */
  readonly nodes: readonly PlannedNode[];
  /** Names, in the order in which they are switched on. */
  readonly order: readonly string[];
  readonly isOneByOne: boolean;
  readonly delaySeconds: number;
  readonly cuts: readonly Cut[];
  readonly lans: readonly string[];
  readonly gateways: readonly Gateway[];
  readonly isOnline: boolean;
  readonly timeoutSeconds: number;
  readonly goal: Goal;
}

/** Enough for k0s itself and what it brings: the API server and etcd, or the kubelet and system pods. */
const MEMORY_MIB: Readonly<Record<Role, number>> = {
  controller: 2048,
  'controller+worker': 2048,
  single: 2048,
  worker: 1536,
};

/** A node alone on a core is up after one to two minutes under emulation; several share it. */
const SECONDS_A_NODE = { emulated: 300, native: 60 };
const LEAST_TIMEOUT_SECONDS = 900;

/**
 * Plans the rehearsal of a site. Pure.
 * @param seeds directory with `<node>.iso`
 * @throws KilnError when the options do not fit the site, or the site cannot be rehearsed
 */
export function planRehearsal(
  site: Site,
  options: RehearsalOptions,
  seeds: string,
  host: HostFacts,
): Plan {
  refuseOutsiders(site, options);
  const nodes = participants(site.nodes, options);
  const started = nodes.filter(({ name }) => !options.without.includes(name));
  const order = startOrder(
    started.map(({ name }) => name),
    options.order,
  );
  if (options.isOneByOne) refuseDeadlock(order, started);
  const machines = nodes.map((node) => ({
    ...plannedNode(site.name, node, join(seeds, `${node.name}.iso`)),
    memoryMiB: options.memoryMiB ?? MEMORY_MIB[node.role],
    cpus: options.cpus ?? cpusFor(node.arch, started.length, host),
    staysOff: options.without.includes(node.name),
  }));
  return {
    site: site.name,
    nodes: machines,
    order,
    isOneByOne: options.isOneByOne,
    delaySeconds: options.delaySeconds,
    cuts: options.cuts,
    lans: [...new Set(machines.flatMap(({ cards }) => cards.map(({ lan }) => lan)))],
    gateways: gatewaysOf(site, nodes),
    isOnline: options.isOnline,
    timeoutSeconds: options.timeoutSeconds ?? timeoutFor(started, options, host),
    goal: goalOf(site, nodes),
  };
}

function plannedNode(
  site: string,
  node: SiteNode,
  iso: string,
): Omit<PlannedNode, 'memoryMiB' | 'cpus' | 'staysOff'> {
  const { name, role, arch, address, serial } = node;
  return { name, role, arch, address, serial, iso, cards: cardsOf(site, node) };
}

/** Two processors where there is room; more than one each helps nobody when they are all emulated on few. */
function cpusFor(arch: Arch, nodes: number, { cores, isEmulated }: HostFacts): number {
  return isEmulated(arch) && nodes > 1 ? Math.min(2, Math.max(1, Math.floor(cores / nodes))) : 2;
}

function timeoutFor(
  nodes: readonly SiteNode[],
  options: RehearsalOptions,
  { cores, isEmulated }: HostFacts,
): number {
  const share = nodes.reduce((sum, { arch }) => {
    return sum + (isEmulated(arch) ? SECONDS_A_NODE.emulated : SECONDS_A_NODE.native);
  }, 0);
  // One by one, cores do not share the work.
  const parallel = options.isOneByOne ? 1 : Math.max(1, cores / 2);
  const cuts = options.cuts.length * SECONDS_A_NODE.emulated;
  const delays = options.delaySeconds * nodes.length;
  return Math.max(LEAST_TIMEOUT_SECONDS, Math.ceil(share / parallel) + 300) + cuts + delays;
}

function goalOf({ api, storage, nodes: all }: Site, nodes: readonly SiteNode[]): Goal {
  const controllers = nodes.filter(({ role }) => role !== 'worker');
  const first = all.find(({ bootstrap }) => bootstrap) ?? all[0];
  const virtual = api.access.kind === 'vip' ? api.access.address.split('/')[0] : undefined;
  return {
    workers: nodes.filter(({ role }) => role !== 'controller').map(({ name }) => name),
    etcdMembers:
      storage.kind === 'etcd' && first?.role !== 'single'
        ? controllers.flatMap(({ address }) => address ?? [])
        : undefined,
    api: {
      host: virtual ?? first?.address ?? 'localhost',
      port: api.port,
      isVirtual: virtual !== undefined,
    },
  };
}

/** What a site needs beside its nodes is not there in a rehearsal. */
function refuseOutsiders({ api, storage }: Site, { isOnline }: RehearsalOptions): void {
  if (api.access.kind === 'balancer') {
    throw new KilnError(
      'usage',
      `nodes join at the load balancer ${api.access.address}, which is no node of the site: a rehearsal has none`,
      { hint: 'rehearse the site with `access: direct` or a virtual address in the place of it' },
    );
  }
  if (isOnline || storage.kind === 'etcd' || storage.kind === 'sqlite') return;
  throw new KilnError(
    'usage',
    `the site keeps its state in ${storage.kind}, which is no node of it, and a rehearsal is cut off from the network`,
    { hint: 'with --online nodes reach what this host reaches' },
  );
}
