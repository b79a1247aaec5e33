import type { Arch } from '../../image/arch.ts';
import { parseCidr } from './ip.ts';
import { usualCidr, usualIp } from './links.ts';
import type { Plan, PlannedNode } from './plan.ts';
import type { NamedRelease } from './read-releases.ts';
import type { WrittenInstall } from './schema-install.ts';
import { isNodeLocal, type WrittenApi, type WrittenNetwork } from './schema-network.ts';
import type { WrittenVar } from './schema-var.ts';
import type { Api, ApiAccess, ClusterNetwork, Link, Site, SiteNode } from './site.ts';
import type { LinkedNode } from './site-address.ts';

/** What of a site comes from files that it names. */
export interface ReadParts
  extends Pick<Site, 'storage' | 'registries' | 'manifests' | 'helm'>,
    Pick<ClusterNetwork, 'cni'> {
  readonly releases: ReadonlyMap<Arch, NamedRelease>;
}

/** The site that a plan without mistakes is. */
export function completeSite(
  plan: Plan,
  nodes: readonly LinkedNode[],
  parts: ReadParts,
): Site | undefined {
  const { site: name, network, api, registries: _, ...written } = plan.written;
  if (name === undefined || network === undefined || api === undefined) return undefined;
  const { cni, releases, ...read } = parts;
  const cluster = clusterOf(network, cni);
  const context = {
    first: firstOf(plan.nodes),
    family: parseCidr(cluster.pods[0])?.family ?? 4,
    arch: archOf(plan, releases),
  };
  return {
    name,
    releases: Object.fromEntries([...releases].map(([arch, { directory }]) => [arch, directory])),
    cluster,
    api: apiOf(api),
    ...read,
    profiles: written.profiles ?? {},
    config: written.config ?? {},
    workerTokens: written['worker-tokens'] ?? 'each',
    nodes: nodes.map((node) => siteNode(node, context)),
  };
}

/** The architecture of nodes that do not say theirs. */
export function archOf(
  { written }: Pick<Plan, 'written'>,
  releases: ReadonlyMap<Arch, NamedRelease>,
): Arch {
  const [only, ...others] = releases.keys();
  return written.image?.arch ?? (others.length === 0 ? only : undefined) ?? 'x86_64';
}

/** The node that starts the cluster: the one that says so, else the first controller of the file. */
export function firstOf(nodes: readonly PlannedNode[]): PlannedNode | undefined {
  return (
    nodes.find(({ bootstrap }) => bootstrap === true) ?? nodes.find(({ role }) => role !== 'worker')
  );
}

function clusterOf(network: WrittenNetwork, cni: ClusterNetwork['cni']): ClusterNetwork {
  return {
    cni,
    pods: oneOrTwo(network.pods.map(usualCidr)),
    services: oneOrTwo(network.services.map(usualCidr)),
    domain: network.domain,
    kubeProxy: network['kube-proxy'],
  };
}

function oneOrTwo([first = '', second]: readonly string[]): ClusterNetwork['pods'] {
  return second === undefined ? [first] : [first, second];
}

/** VRRP's number of the first virtual address, as k0s counts them. */
const ROUTER_ID = 51;

function apiOf(api: WrittenApi): Api {
  return {
    port: api.port,
    joinPort: api['join-port'],
    sans: api.sans.map(usualIp),
    access: accessOf(api),
  };
}

function accessOf(api: WrittenApi): ApiAccess {
  const nodeLocal = isNodeLocal(api);
  if (api.vip !== undefined) {
    const routerId = api['router-id'] ?? ROUTER_ID;
    return { kind: 'vip', address: usualCidr(api.vip), routerId, nodeLocal };
  }
  if (api.balancer !== undefined) return { kind: 'balancer', address: usualIp(api.balancer) };
  return { kind: nodeLocal ? 'node-local' : 'direct' };
}

interface NodeContext {
  readonly first: PlannedNode | undefined;
  readonly family: 4 | 6;
  readonly arch: Arch;
}

function siteNode({ node, links }: LinkedNode, { first, family, arch }: NodeContext): SiteNode {
  const { own, settings } = node;
  const [address, secondAddress] = addressesOf(links, family);
  const runsPods = node.role !== 'controller';
  return {
    name: node.name,
    role: node.role,
    bootstrap: node === first,
    arch: settings.arch ?? arch,
    ...(own.serial !== undefined && { serial: own.serial }),
    ...(own.uuid !== undefined && { uuid: own.uuid }),
    links,
    ...(address !== undefined && { address }),
    ...(secondAddress !== undefined && { secondAddress }),
    dns: (settings.dns ?? []).map(usualIp),
    search: settings.search ?? [],
    ntp: (settings.ntp ?? []).map(usualIp),
    ...(settings.proxy && { proxy: proxyOf(settings.proxy) }),
    ...(settings['time-zone'] !== undefined && { timeZone: settings['time-zone'] }),
    sshKeys: settings['ssh-keys'] ?? [],
    // A box that runs no pods refuses what is for the kubelet; defaults may well say it for the others.
    labels: (runsPods && settings.labels) || {},
    taints: (runsPods && settings.taints) || [],
    k0sArgs: settings['k0s-args'] ?? [],
    kubeletArgs: (runsPods && settings['kubelet-args']) || [],
    ...(runsPods && settings.profile !== undefined && { profile: settings.profile }),
    cloudConfig: settings['cloud-config'] ?? {},
    ...installOf(settings.install),
    ...varOf(settings.var),
  };
}

function installOf({ disk, ...rest }: WrittenInstall = {}): Pick<SiteNode, 'install'> {
  if (disk === undefined) return {};
  const { wipe = false, var: variable = 'keep', then: afterwards = 'reboot' } = rest;
  return { install: { disk, wipe, var: variable, afterwards } };
}

function varOf({ disk, wipe = false }: WrittenVar = {}): Pick<SiteNode, 'var'> {
  return disk === undefined ? {} : { var: { disk, wipe } };
}

/** The first address of the cluster's first family, and the first of the other. */
export function addressesOf(
  links: readonly Link[],
  family: 4 | 6,
): readonly [string | undefined, string | undefined] {
  const all = links.flatMap(({ addresses }) => addresses);
  const ofFamily = (wanted: number): string | undefined =>
    all.find((each) => parseCidr(each)?.family === wanted)?.split('/')[0];
  return [ofFamily(family), ofFamily(family === 4 ? 6 : 4)];
}

function proxyOf({
  http,
  https,
  'no-proxy': noProxy = [],
}: NonNullable<PlannedNode['settings']['proxy']>): NonNullable<SiteNode['proxy']> {
  return {
    ...(http !== undefined && { http }),
    ...(https !== undefined && { https }),
    noProxy,
  };
}
