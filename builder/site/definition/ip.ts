import { isIPv4, isIPv6 } from 'node:net';

// Node itself says what an address is, but cannot count with one. What is needed of that is less than what a library
// would have to be adapted for.

export type Family = 4 | 6;

/** An address as a number. */
export interface Ip {
  readonly family: Family;
  readonly value: bigint;
}

/** An address with the length of its network's prefix, as 10.0.0.11/24 says it. */
export interface Cidr extends Ip {
  readonly prefix: number;
}

const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

/** The address that a text is, without a zone and, in IPv6, without an IPv4 tail. */
export function parseIp(text: string): Ip | undefined {
  if (!text.includes(':')) {
    if (!isIPv4(text)) return undefined;
    const value = text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
    return { family: 4, value: BigInt(value) };
  }
  if (!isIPv6(text) || /[.%]/.test(text)) return undefined;
  const [head = '', tail] = text.split('::');
  const [front, back] = [groupsOf(head), groupsOf(tail ?? '')];
  const gap = new Array<number>(8 - front.length - back.length).fill(0);
  const value = [...front, ...gap, ...back].reduce(
    (sum, group) => (sum << 16n) | BigInt(group),
    0n,
  );
  return { family: 6, value };
}

function groupsOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

/** Address and prefix that a text is. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', prefix = '', more] = text.split('/');
  if (more !== undefined || !/^(0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  const ip = parseIp(address);
  if (!ip) return undefined;
  return Number(prefix) <= BITS[ip.family] ? { ...ip, prefix: Number(prefix) } : undefined;
}

/** The usual text of an address (RFC 5952): one address, one text. */
export function ipText({ family, value }: Ip): string {
  if (family === 4) {
    const number = Number(value);
    return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(16 * (7 - index))) & 0xffffn).toString(16),
  );
  const gap = longestGap(groups);
  if (gap.length < 2) return groups.join(':');
  const [front, back] = [groups.slice(0, gap.start), groups.slice(gap.start + gap.length)];
  return `${front.join(':')}::${back.join(':')}`;
}

function longestGap(groups: readonly string[]): {
  readonly start: number;
  readonly length: number;
} {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== '0') start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}

/** The text of an address with its prefix. */
export function cidrText(cidr: Cidr): string {
  return `${ipText(cidr)}/${cidr.prefix}`;
}

/** The network that an address is in: its first address. */
export function networkOf({ family, value, prefix }: Cidr): Cidr {
  const rest = BigInt(BITS[family] - prefix);
  return { family, value: (value >> rest) << rest, prefix };
}

/** The last address of a network: in IPv4 the one that all of its hosts listen to. */
export function lastOf(cidr: Cidr): Ip {
  const size = 1n << BigInt(BITS[cidr.family] - cidr.prefix);
  return { family: cidr.family, value: networkOf(cidr).value + size - 1n };
}

/** Whether an address is in the network of another. */
export function isWithin(ip: Ip, network: Cidr): boolean {
  return (
    ip.family === network.family &&
    ip.value >= networkOf(network).value &&
    ip.value <= lastOf(network).value
  );
}

/** Whether two networks have addresses in common. */
export function overlap(a: Cidr, b: Cidr): boolean {
  return isWithin(networkOf(a), b) || isWithin(networkOf(b), a);
}

export function sameIp(a: Ip, b: Ip): boolean {
  return a.family === b.family && a.value === b.value;
}

/**
 * Whether a host can have it: not the network's own address nor that which all listen to (RFC 919), and in IPv6 not
 * that of any router (RFC 4291, section 2.6.1). A network of one or two addresses has hosts only (RFC 3021, RFC 6164).
 */
export function isHostAddress(cidr: Cidr): boolean {
  if (cidr.prefix >= BITS[cidr.family] - 1) return true;
  if (cidr.value === networkOf(cidr).value) return false;
  return cidr.family === 6 || cidr.value !== lastOf(cidr).value;
}

/** Why an address cannot be the one that others reach a box at; undefined when it can. */
export function whyUnreachable(ip: Ip): string | undefined {
  return NOT_REACHABLE.find(({ networks }) => networks.some((each) => isWithin(ip, each)))?.what;
}

const NOT_REACHABLE = [
  { what: 'stands for no address', networks: ['0.0.0.0/8', '::/128'] },
  { what: 'leads back to the box itself', networks: ['127.0.0.0/8', '::1/128'] },
  { what: 'is for groups (multicast)', networks: ['224.0.0.0/4', 'ff00::/8'] },
  { what: 'is valid on one link only', networks: ['169.254.0.0/16', 'fe80::/10'] },
  { what: 'is reserved', networks: ['240.0.0.0/4'] },
].map(({ what, networks }) => ({
  what,
  networks: networks.flatMap((network) => parseCidr(network) ?? []),
}));
