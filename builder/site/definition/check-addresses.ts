import { placeOf, type SourcePos } from '../../report/diagnostic.ts';
import { clusterCidrs, reportInsideCluster } from './check-networks.ts';
import {
  type Cidr,
  cidrText,
  type Family,
  ipText,
  isHostAddress,
  isWithin,
  networkOf,
  whyUnreachable,
} from './ip.ts';
import type { Checked, Rule } from './rule.ts';
import { addressesOfAll, type SiteAddress } from './site-address.ts';

export const ADDRESS_RULES: readonly Rule[] = [
  checkHosts,
  checkUnique,
  checkFamiliesOfNodes,
  checkOutsideCluster,
  checkPrefixes,
];

function checkHosts({ nodes, report }: Checked): void {
  for (const { cidr, owner, at } of addressesOfAll(nodes)) {
    const why = whyUnreachable(cidr);
    const text = `${owner.node.name} cannot have ${cidrText(cidr)}`;
    if (why !== undefined) {
      report.error(`${text}: it ${why}`, at);
    } else if (!isHostAddress(cidr)) {
      const isFirst = cidr.value === networkOf(cidr).value;
      const what = isFirst ? "is the network's own address" : 'is the one that all listen to';
      report.error(`${text}: it ${what}`, at, `the network is ${cidrText(networkOf(cidr))}`);
    }
  }
}

function checkUnique({ addresses, report }: Checked): void {
  const owners = new Map<string, SiteAddress>();
  for (const address of addresses) {
    const key = ipText(address.cidr);
    const first = owners.get(key);
    if (first) {
      const name = first.owner.node.name;
      const both = `${address.owner.node.name} and ${name} both have ${key}`;
      const message = first.owner === address.owner ? `${name} has ${key} twice` : both;
      report.error(message, address.at, `${name} has it at ${placeOf(first.at)}`);
    } else {
      owners.set(key, address);
    }
  }
}

/** Every node with a static address has one of each family that the cluster has. */
function checkFamiliesOfNodes(checked: Checked): void {
  const { addresses, report } = checked;
  const wanted = familiesOfCluster(checked);
  const found = new Map<SiteAddress['owner'], { families: Set<Family>; at: SourcePos }>();
  for (const { owner, cidr, at } of addresses) {
    const known = found.get(owner) ?? { families: new Set(), at };
    found.set(owner, known);
    if (known.families.has(cidr.family) && !owner.node.own.interfaces) {
      const note = 'several addresses of a card are written below "interfaces"';
      report.error(`${owner.node.name} has two addresses of IPv${cidr.family}`, at, note);
    }
    known.families.add(cidr.family);
  }
  for (const [{ node, links }, { families, at }] of found) {
    const missing = [...wanted].find((family) => !families.has(family));
    const isDynamic = links.some(({ dhcp4, dhcp6, acceptRa }) =>
      missing === 4 ? dhcp4 : dhcp6 || acceptRa,
    );
    if (missing === undefined || isDynamic) continue;
    const why = wanted.size > 1 ? 'the cluster is dual stack' : `the cluster is IPv${missing}`;
    report.error(`${node.name} has no address of IPv${missing}`, at, why);
  }
}

/** None while pods and services disagree, which is reported. */
function familiesOfCluster(checked: Checked): ReadonlySet<Family> {
  const [pods, services] = (['pods', 'services'] as const).map(
    (wanted) =>
      new Set(
        clusterCidrs(checked).flatMap(({ key, cidr }) => (key === wanted ? cidr.family : [])),
      ),
  );
  const agree =
    pods?.size === services?.size && [...(pods ?? [])].every((each) => services?.has(each));
  return agree && pods ? pods : new Set();
}

function checkOutsideCluster(checked: Checked): void {
  const inside = clusterCidrs(checked);
  for (const network of distinctNetworks(checked.addresses)) {
    const what = `the network of ${network.owner.node.name}, ${cidrText(network.cidr)},`;
    reportInsideCluster(what, network.cidr, network.at, { inside, report: checked.report });
  }
}

/** In one network all have the same prefix: one that is in another is a slip. */
function checkPrefixes({ addresses, report }: Checked): void {
  const networks = distinctNetworks(addresses, ({ link }) =>
    link.kind === 'ethernet' ? link.lan : undefined,
  );
  const sorted = [...networks].sort(
    (a, b) =>
      compare(a.group, b.group) ||
      a.cidr.family - b.cidr.family ||
      compare(a.cidr.value, b.cidr.value) ||
      a.cidr.prefix - b.cidr.prefix,
  );
  let around: (typeof sorted)[number] | undefined;
  for (const each of sorted) {
    const isInside =
      around && around.group === each.group && isWithin(each.cidr, around.cidr) && around;
    if (!isInside) {
      around = each;
      continue;
    }
    const [a, b] = [each, isInside].map(
      ({ owner, cidr }) => `${owner.node.name} is in ${cidrText(cidr)}`,
    );
    const note = `its address is given at ${placeOf(isInside.at)}; one of the prefixes is wrong`;
    report.error(`${a}, which is a part of that where ${b}`, each.at, note);
  }
}

interface Network extends SiteAddress {
  readonly group: string;
}

/** Each network that nodes are in once, with the first node in it; `groupOf` leaves some out, and keeps others apart. */
function distinctNetworks(
  addresses: readonly SiteAddress[],
  groupOf: (address: SiteAddress) => string | undefined = () => '',
): Iterable<Network> {
  const found = new Map<string, Network>();
  for (const address of addresses) {
    const group = groupOf(address);
    const cidr: Cidr = networkOf(address.cidr);
    const key = `${group} ${cidr.family} ${cidr.value} ${cidr.prefix}`;
    if (group !== undefined && !found.has(key)) found.set(key, { ...address, cidr, group });
  }
  return found.values();
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
