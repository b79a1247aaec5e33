import { placeOf, type SourcePos } from '../../report/diagnostic.ts';
import { type Cidr, cidrText, type Family, networkOf, overlap, parseCidr } from './ip.ts';
import type { Checked, Rule } from './rule.ts';

/** A network inside the cluster, where it is written. */
export interface ClusterCidr {
  readonly key: 'pods' | 'services';
  readonly cidr: Cidr;
  readonly at: SourcePos;
  /** Whether it is in the file, and not what sites have that say nothing. */
  readonly isWritten: boolean;
}

/** What Kubernetes and k0s can do with a network: the shortest and the longest prefix, and why. */
const LIMITS: Readonly<
  Record<
    ClusterCidr['key'],
    Readonly<Record<Family, { readonly from: number; readonly to: number; readonly why: string }>>
  >
> = {
  // kube-controller-manager: a node's mask is at most 16 bits longer. k0s: /24 and /117 a node.
  pods: {
    4: { from: 8, to: 24, why: 'each node gets a /24 of it' },
    6: {
      from: 101,
      to: 117,
      why: 'each node gets a /117 of it, which may be 16 bits longer at most',
    },
  },
  // kube-apiserver: at most 20 bits; k0s gives the tenth address to CoreDNS.
  services: {
    4: {
      from: 12,
      to: 28,
      why: 'Kubernetes takes at most 20 bits, and its DNS has the tenth address',
    },
    6: {
      from: 108,
      to: 124,
      why: 'Kubernetes takes at most 20 bits, and its DNS has the tenth address',
    },
  },
};

export const NETWORK_RULES: readonly Rule[] = [
  checkForm,
  checkFamilies,
  checkSizes,
  checkRoomForNodes,
  checkOverlapInside,
];

/** The networks of pods or services, as far as they could be read. */
export function clusterCidrs({ plan, sources }: Checked): readonly ClusterCidr[] {
  const { network } = plan.written;
  return (['pods', 'services'] as const).flatMap((key) =>
    (network?.[key] ?? []).flatMap((text) => {
      const cidr = parseCidr(text);
      const at = sources.at(['network', key, text]);
      const isWritten = sources.keyAt(['network'], key) !== undefined;
      return cidr ? [{ key, cidr, at, isWritten }] : [];
    }),
  );
}

function checkForm(checked: Checked): void {
  for (const { key, cidr, at } of clusterCidrs(checked)) {
    const network = networkOf(cidr);
    if (network.value === cidr.value) continue;
    const message = `${cidrText(cidr)} is an address in the network ${cidrText(network)}`;
    checked.report.error(message, at, `"${key}" is a network`);
  }
}

function checkFamilies(checked: Checked): void {
  const { report } = checked;
  const all = clusterCidrs(checked);
  const [pods, services] = [ofKey(all, 'pods'), ofKey(all, 'services')];
  for (const list of [pods, services]) {
    const [first, second, third] = list;
    if (third) report.error('there is one network of each family at most', third.at);
    if (!first || !second) continue;
    if (first.cidr.family === second.cidr.family) {
      const message = `two networks of IPv${first.cidr.family}: dual stack is one of each family`;
      report.error(message, second.at);
    } else if (first.cidr.family === 6) {
      report.error('of two networks the first is IPv4', first.at);
    }
  }
  const [a, b] = [familiesOf(pods), familiesOf(services)];
  const [firstPods] = pods;
  const [firstServices] = services;
  if (a === b || !firstPods || !firstServices) return;
  const message = `services are ${b}, and pods are ${a}`;
  report.error(message, firstServices.at, noteOf(firstPods));
}

function checkSizes(checked: Checked): void {
  for (const { key, cidr, at } of clusterCidrs(checked)) {
    const { from, to, why } = LIMITS[key][cidr.family];
    if (cidr.prefix >= from && cidr.prefix <= to) continue;
    const size = cidr.prefix < from ? 'large' : 'small';
    const message = `the network of ${key} is too ${size}: /${from} to /${to} are possible`;
    checked.report.error(message, at, why);
  }
}

function checkRoomForNodes(checked: Checked): void {
  const withPods = checked.plan.nodes.filter(({ role }) => role !== 'controller').length;
  for (const { cidr, at } of ofKey(clusterCidrs(checked), 'pods')) {
    const perNode = LIMITS.pods[cidr.family].to;
    const room = 2 ** Math.max(0, perNode - cidr.prefix);
    if (room >= withPods) continue;
    const message = `${cidrText(cidr)} has room for the pods of ${room} nodes, and there are ${withPods}`;
    const wanted = perNode - Math.ceil(Math.log2(withPods));
    checked.report.error(message, at, `each node gets a /${perNode}: take a /${wanted}`);
  }
}

function checkOverlapInside(checked: Checked): void {
  const all = clusterCidrs(checked);
  for (const service of ofKey(all, 'services')) {
    const pods = ofKey(all, 'pods').find(({ cidr }) => overlap(cidr, service.cidr));
    if (!pods) continue;
    const message = `the network of services, ${cidrText(service.cidr)}, and that of pods, ${cidrText(pods.cidr)}, overlap`;
    checked.report.error(message, service.at, noteOf(pods));
  }
}

/** The network that an address is in, when it is one inside the cluster; that is reported. */
export function reportInsideCluster(
  what: string,
  cidr: Cidr,
  at: SourcePos,
  { inside, report }: { readonly inside: readonly ClusterCidr[] } & Pick<Checked, 'report'>,
): void {
  const other = inside.find((each) => overlap(each.cidr, cidr));
  if (!other) return;
  const message = `${what} and the network of ${other.key}, ${cidrText(other.cidr)}, overlap`;
  report.error(message, at, noteOf(other));
}

function noteOf({ key, cidr, at, isWritten }: ClusterCidr): string {
  if (isWritten) return `${key} are given at ${placeOf(at)}`;
  return `${key} are ${cidrText(cidr)} unless "network" says something else`;
}

function ofKey(all: readonly ClusterCidr[], key: ClusterCidr['key']): readonly ClusterCidr[] {
  return all.filter((each) => each.key === key);
}

function familiesOf(list: readonly ClusterCidr[]): string {
  const families = [...new Set(list.map(({ cidr }) => `IPv${cidr.family}`))].sort();
  return families.join(' and ');
}
