import { KilnError } from '../../builder/report/errors.ts';
import {
  type Cidr,
  cidrText,
  type Family,
  type Ip,
  ipText,
  isHostAddress,
  isWithin,
  lastOf,
  networkOf,
  overlap,
  parseCidr,
  parseIp,
} from '../../builder/site/definition/ip.ts';
import type { Site, SiteNode } from '../../builder/site/definition/site.ts';
import { type Segment, segmentsOf, sharedAddresses } from './segments.ts';

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
const LEAST_HOST_BITS = 3;
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
  const taken = new Set(
    [...segments.flatMap(({ addresses }) => addresses), ...sharedAddresses(site)].map(ipText),
  );
  const { pods, services } = site.cluster;
  const used = [
    ...segments.flatMap(({ addresses }) => addresses),
    ...[...pods, ...services].flatMap((text) => parseCidr(text) ?? []),
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
  readonly used: readonly Cidr[];
  /** Name servers of the nodes. */
  readonly dns: readonly string[];
}

function gatewaysIn(segment: Segment, known: Known): readonly Omit<Gateway, 'id'>[] {
  const { lan, vlan } = segment;
  const of = (family: Family): readonly Cidr[] => {
    const all = segment.addresses.filter((each) => each.family === family);
    const byNetwork = new Map(all.map((each) => [networkText(each), each]));
    return [...byNetwork.values()].filter((each) => hostBits(each) >= LEAST_HOST_BITS);
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

function fourOf(network: Cidr, segment: Segment, known: Known): NonNullable<Gateway['ipv4']> {
  const chosen = new Set(known.taken);
  const host = ownOr(network, segment.gateways, chosen);
  const dns = ownOr(network, known.dns, chosen);
  return { network: networkText(network), host, dns, dhcpStart: poolIn(network, segment, chosen) };
}

function sixOf(network: Cidr, segment: Segment, known: Known): NonNullable<Gateway['ipv6']> {
  const chosen = new Set(known.taken);
  const host = ownOr(network, segment.gateways, chosen);
  return { network: networkText(network), host, dns: ownOr(network, known.dns, chosen) };
}

/** The first address of a list that is in the network and nobody's, else a free one; it is taken then. */
function ownOr(network: Cidr, wished: readonly string[], taken: Set<string>): string {
  const mine = wished
    .flatMap((text) => parseIp(text) ?? [])
    .filter((ip) => isWithin(ip, network))
    .map(ipText)
    .find((text) => !taken.has(text));
  const own = mine ?? firstFree(network, taken);
  taken.add(own);
  return own;
}

function firstFree(network: Cidr, taken: ReadonlySet<string>): string {
  for (const address of hostsFromEnd(network)) {
    const text = ipText(address);
    if (!taken.has(text)) return text;
  }
  throw new KilnError('definition', `the network ${networkText(network)} has no address left`, {
    hint: 'a rehearsal needs three free ones in it: for a gateway, a name server and DHCP',
  });
}

/** The begin of as many free addresses in a row as there are clients, as late in the network as there are. */
function poolIn(network: Cidr, { dhcpClients }: Segment, taken: ReadonlySet<string>): string {
  const wanted = Math.max(1, dhcpClients);
  let free = 0;
  for (const address of hostsFromEnd(network)) {
    const text = ipText(address);
    free = taken.has(text) ? 0 : free + 1;
    if (free === wanted) return text;
  }
  throw new KilnError(
    'definition',
    `the network ${networkText(network)} has no ${wanted} free addresses in a row, which DHCP would give`,
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

function spareNetwork(used: readonly Cidr[]): Cidr {
  const networks = SPARE_NETWORKS.flatMap((text) => parseCidr(text) ?? []);
  const found = networks.find((network) => !used.some((other) => overlap(network, other)));
  if (found !== undefined) return found;
  throw new KilnError('definition', 'no network is left for a LAN where all nodes ask DHCP', {
    hint: `free one of ${SPARE_NETWORKS.join(', ')}`,
  });
}

/** Addresses that hosts can have, from the network's end, where people seldom begin to count. */
function* hostsFromEnd(network: Cidr): Generator<Ip> {
  const { prefix, family } = network;
  const first = networkOf(network).value;
  for (let { value } = lastOf(network); value > first; value -= 1n) {
    const host = { family, value, prefix };
    if (isHostAddress(host)) yield host;
  }
}

function networkText(cidr: Cidr): string {
  return cidrText(networkOf(cidr));
}

function hostBits({ family, prefix }: Cidr): number {
  return (family === 4 ? 32 : 128) - prefix;
}
