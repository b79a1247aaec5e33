import { isIP } from 'node:net';
import { KilnError } from '../../builder/report/errors.ts';
import type { Site, SiteNode } from '../../builder/site/definition/site.ts';
import { type Segment, segmentsOf, sharedAddresses } from './segments.ts';
import {
  contains,
  formatAddress,
  hostsFromEnd,
  networkOf,
  parseAddress,
  parseSubnet,
  type Subnet,
} from './subnet.ts';

/** QEMU's router as a site's gateway: what it is for one network of a segment. */
export interface Gateway {
  /** Name of the network device in QEMU. */
  readonly id: string;
  readonly lan: string;
  readonly vlan: number | undefined;
  readonly ipv4?: {
    readonly network: string;
    readonly host: string;
    /** Where it answers for name servers. */
    readonly dns: string;
    /** The first of the addresses that DHCP gives. */
    readonly dhcpStart: string;
  };
  readonly ipv6?: { readonly network: string; readonly host: string; readonly dns: string };
}

/** How many addresses QEMU's DHCP server has (libslirp, NB_BOOTP_CLIENTS). */
const DHCP_ADDRESSES = 16;
/** Smaller networks have no room for a gateway and a name server beside nodes. */
const LEAST_ADDRESSES = 8n;
/** Networks for LANs where nobody has said any. */
const SPARE_NETWORKS = [
  ...['10.0.2.0/24', '10.0.3.0/24', '192.168.76.0/24', '192.168.77.0/24', '172.28.5.0/24'],
];

/** The gateways of a site: one for each network that its nodes have addresses in, or get them from. Pure. */
export function gatewaysOf(
  site: Pick<Site, 'api' | 'cluster'>,
  nodes: readonly SiteNode[],
): readonly Gateway[] {
  const segments = segmentsOf(nodes);
  const taken = new Set([
    ...segments.flatMap(({ addresses }) => addresses.map(keyOf)),
    ...sharedAddresses(site).flatMap((text) =>
      isIP(bare(text)) ? [keyOf(parseSubnet(text))] : [],
    ),
  ]);
  const { pods, services } = site.cluster;
  const used = [
    ...segments.flatMap(({ addresses }) => addresses),
    ...[...pods, ...services].map(parseSubnet),
  ];
  const dns = nodes.flatMap((node) => node.dns);
  const found: Omit<Gateway, 'id'>[] = [];
  for (const segment of segments) {
    refuseCrowd(segment);
    found.push(...gatewaysIn(segment, { taken, used, dns }));
  }
  return found.map((gateway, index) => ({ id: `gw${index}`, ...gateway }));
}

/** What the choice of addresses has to look at. */
interface Known {
  /** Addresses that somebody has. */
  readonly taken: ReadonlySet<string>;
  readonly used: readonly Subnet[];
  /** Name servers of the nodes. */
  readonly dns: readonly string[];
}

function gatewaysIn(segment: Segment, known: Known): readonly Omit<Gateway, 'id'>[] {
  const { lan, vlan } = segment;
  const of = (family: 4 | 6): readonly Subnet[] => {
    const all = segment.addresses.filter((each) => each.family === family);
    const byNetwork = new Map(all.map((each) => [networkOf(each), each]));
    return [...byNetwork.values()].filter(({ size }) => size >= LEAST_ADDRESSES);
  };
  const spare = segment.dhcpClients > 0 && of(4).length === 0 ? [spareNetwork(known.used)] : [];
  // Two DHCP servers would contradict each other.
  const four = [...spare, ...of(4)].slice(0, segment.dhcpClients > 0 ? 1 : undefined);
  const six = of(6);
  return Array.from({ length: Math.max(four.length, six.length) }, (_, index) => {
    const [ipv4, ipv6] = [four[index], six[index]];
    return {
      lan,
      vlan,
      ...(ipv4 !== undefined && { ipv4: fourOf(ipv4, segment, known) }),
      ...(ipv6 !== undefined && { ipv6: sixOf(ipv6, segment, known) }),
    };
  });
}

function fourOf(network: Subnet, segment: Segment, known: Known): NonNullable<Gateway['ipv4']> {
  const chosen = new Set(known.taken);
  const host = ownOr(network, segment.gateways, chosen);
  const dns = ownOr(network, known.dns, chosen);
  return { network: networkOf(network), host, dns, dhcpStart: poolIn(network, segment, chosen) };
}

function sixOf(network: Subnet, segment: Segment, known: Known): NonNullable<Gateway['ipv6']> {
  const chosen = new Set(known.taken);
  const host = ownOr(network, segment.gateways, chosen);
  return { network: networkOf(network), host, dns: ownOr(network, known.dns, chosen) };
}

/** The first address of a list that is in the network and nobody's, else a free one; it is taken then. */
function ownOr(network: Subnet, wished: readonly string[], taken: Set<string>): string {
  const mine = wished
    .filter((text) => isIP(text) === network.family && contains(network, parseAddress(text)))
    .map((text) => formatAddress(network.family, parseAddress(text)))
    .find((text) => !taken.has(text));
  const own = mine ?? firstFree(network, taken);
  taken.add(own);
  return own;
}

function firstFree(network: Subnet, taken: ReadonlySet<string>): string {
  for (const address of hostsFromEnd(network)) {
    const text = formatAddress(network.family, address);
    if (!taken.has(text)) return text;
  }
  throw new KilnError('definition', `the network ${networkOf(network)} has no address left`, {
    hint: 'a rehearsal needs three free ones in it: for a gateway, a name server and DHCP',
  });
}

/** The begin of as many free addresses in a row as there are clients, as late in the network as there are. */
function poolIn(network: Subnet, { dhcpClients }: Segment, taken: ReadonlySet<string>): string {
  const wanted = Math.max(1, dhcpClients);
  let free = 0;
  for (const address of hostsFromEnd(network)) {
    const text = formatAddress(4, address);
    free = taken.has(text) ? 0 : free + 1;
    if (free === wanted) return text;
  }
  throw new KilnError(
    'definition',
    `the network ${networkOf(network)} has no ${wanted} free addresses in a row, which DHCP would give`,
    { hint: 'rehearse fewer nodes at a time: --only a,b' },
  );
}

function refuseCrowd({ lan, dhcpClients }: Segment): void {
  if (dhcpClients <= DHCP_ADDRESSES) return;
  throw new KilnError(
    'usage',
    `${dhcpClients} links in the LAN ${lan} ask DHCP, and QEMU's server has ${DHCP_ADDRESSES} addresses`,
    { hint: 'rehearse fewer nodes at a time: --only a,b' },
  );
}

function spareNetwork(used: readonly Subnet[]): Subnet {
  const overlaps = (a: Subnet, b: Subnet): boolean =>
    a.family === b.family && (contains(a, b.first) || contains(b, a.first));
  const networks = SPARE_NETWORKS.map(parseSubnet);
  const found = networks.find((network) => !used.some((other) => overlaps(network, other)));
  if (found !== undefined) return found;
  throw new KilnError('definition', 'no network is left for a LAN where all nodes ask DHCP', {
    hint: `free one of ${SPARE_NETWORKS.join(', ')}`,
  });
}

function keyOf({ family, address }: Subnet): string {
  return formatAddress(family, address);
}

function bare(text: string): string {
  return text.split('/')[0] ?? '';
}
