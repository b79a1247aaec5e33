import type { Placed } from '../../yaml/decoder.ts';
import { cidrText, type Family, type Ip, ipText, isWithin, parseCidr, parseIp } from './ip.ts';
import type { PlannedNode } from './plan.ts';
import type { WrittenInterface } from './schema-node.ts';
import type { Addressing, Link } from './site.ts';

/** Name of the card of a node that has only one, and of the network that cards are plugged into if nobody says another. */
const ONLY_LINK = 'lan0';
const ONLY_LAN = 'lan';

/** The network links of a node, in the order of the file. */
export function linksOf(node: PlannedNode): readonly Link[] {
  const { interfaces } = node.own;
  return interfaces ? manyLinks(node, interfaces) : [onlyLink(node)];
}

/** The single card of a node: with addresses, or with what DHCP and router advertisements give. */
function onlyLink({ own, settings }: PlannedNode): Link {
  const addresses = (own.address ?? []).map(usualCidr);
  const isDynamic = addresses.length === 0;
  return {
    kind: 'ethernet',
    name: ONLY_LINK,
    ...(own.mac !== undefined && { mac: usualMac(own.mac) }),
    lan: own.lan ?? ONLY_LAN,
    addresses,
    dhcp4: isDynamic,
    dhcp6: false,
    acceptRa: isDynamic,
    gateways: isDynamic ? [] : gatewaysFor(addresses, settings.gateway ?? []),
    routes: [],
    ...(settings.mtu !== undefined && { mtu: settings.mtu }),
  };
}

/** Of the default routes that hold for all nodes, each goes to the first link in whose network it is. */
function manyLinks(
  { own, settings }: PlannedNode,
  interfaces: readonly Placed<WrittenInterface>[],
): readonly Link[] {
  const saidFamilies = new Set(
    interfaces.flatMap(({ value: { gateway = [] } }) =>
      gateway.flatMap((each) => parseIp(each)?.family ?? []),
    ),
  );
  const free = (settings.gateway ?? []).filter((each) => {
    const ip = parseIp(each);
    return ip && !saidFamilies.has(ip.family);
  });
  const taken = new Set<string>();
  return interfaces.map(({ value: written }) => {
    const addresses = (written.address ?? []).map(usualCidr);
    const mine = free.filter((each) => !taken.has(each) && isInOneOf(each, addresses));
    for (const each of mine) taken.add(each);
    const addressing: Addressing = {
      addresses,
      dhcp4: written.dhcp,
      dhcp6: written.dhcp6,
      // Without them DHCPv6 gives no route.
      acceptRa: written['accept-ra'] ?? written.dhcp6,
      gateways: [...(written.gateway ?? []).map(usualIp), ...mine.map(usualIp)],
      routes: (written.routes ?? []).map(({ value: { to, via } }) => ({
        to: usualCidr(to),
        via: usualIp(via),
      })),
      ...mtuOf(written.mtu ?? settings.mtu),
    };
    return linkOf(written, addressing, own.lan);
  });
}

function linkOf(written: WrittenInterface, addressing: Addressing, lan: string | undefined): Link {
  if ('ethernet' in written) {
    return {
      kind: 'ethernet',
      name: written.ethernet,
      ...(written.mac !== undefined && { mac: usualMac(written.mac) }),
      lan: written.lan ?? lan ?? ONLY_LAN,
      ...addressing,
    };
  }
  if ('bond' in written) {
    const { bond: name, members, mode } = written;
    return { kind: 'bond', name, members, mode, ...addressing };
  }
  const { vlan: name, id, parent } = written;
  return { kind: 'vlan', name, id, parent, ...addressing };
}

function mtuOf(mtu: number | undefined): { readonly mtu?: number } {
  return mtu === undefined ? {} : { mtu };
}

/** A node that has no address of a family needs no route of it. */
function gatewaysFor(addresses: readonly string[], gateways: readonly string[]): readonly string[] {
  const families = new Set<Family | undefined>(addresses.map((each) => parseCidr(each)?.family));
  return gateways.filter((each) => families.has(parseIp(each)?.family)).map(usualIp);
}

function isInOneOf(gateway: string, addresses: readonly string[]): boolean {
  const ip: Ip | undefined = parseIp(gateway);
  return addresses.some((each) => {
    const cidr = parseCidr(each);
    return ip !== undefined && cidr !== undefined && isWithin(ip, cidr);
  });
}

function usualMac(text: string): string {
  return text.toLowerCase().replaceAll('-', ':');
}

/** One text for one address; a text that is none was reported. */
export function usualCidr(text: string): string {
  const cidr = parseCidr(text);
  return cidr ? cidrText(cidr) : text;
}

export function usualIp(text: string): string {
  const ip = parseIp(text);
  return ip ? ipText(ip) : text;
}
