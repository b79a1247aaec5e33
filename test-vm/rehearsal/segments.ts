import { type Cidr, type Ip, parseCidr } from '../../builder/site/definition/ip.ts';
import type { Link, Site, SiteNode } from '../../builder/site/definition/site.ts';

/** A part of a LAN where all hear each other: its untagged frames, or one VLAN. */
export interface Segment {
  readonly lan: string;
  readonly vlan: number | undefined;
  /** Addresses of nodes, with their networks, in the order of the site. */
  readonly addresses: readonly Cidr[];
  /** Default routes that nodes have there. */
  readonly gateways: readonly string[];
  /** How many links ask for an IPv4 address. */
  readonly dhcpClients: number;
  /** Whether links learn IPv6 addresses, from advertisements or DHCPv6. */
  readonly learnsIpv6: boolean;
}

/** Every segment that a link of the nodes is in, in the order of the site. Pure. */
export function segmentsOf(nodes: readonly SiteNode[]): readonly Segment[] {
  const found = new Map<string, Segment>();
  for (const node of nodes) {
    for (const link of node.links) {
      const place = placeOf(node.links, link);
      if (place === undefined || !isAddressed(link)) continue;
      const key = `${place.lan}/${place.vlan ?? ''}`;
      const before = found.get(key) ?? {
        ...place,
        addresses: [],
        gateways: [],
        dhcpClients: 0,
        learnsIpv6: false,
      };
      found.set(key, joined(before, link));
    }
  }
  return [...found.values()];
}

/** Addresses that are taken besides those of nodes' links: what controllers share. Pure. */
export function sharedAddresses({ api }: Pick<Site, 'api'>): readonly Ip[] {
  return api.access.kind === 'vip' ? [parseCidr(api.access.address) ?? []].flat() : [];
}

function joined(before: Segment, link: Link): Segment {
  return {
    ...before,
    addresses: [...before.addresses, ...link.addresses.flatMap((text) => parseCidr(text) ?? [])],
    gateways: [...new Set([...before.gateways, ...link.gateways])],
    dhcpClients: before.dhcpClients + (link.dhcp4 ? 1 : 0),
    learnsIpv6: before.learnsIpv6 || link.dhcp6 || link.acceptRa,
  };
}

function isAddressed({ addresses, dhcp4, dhcp6, acceptRa }: Link): boolean {
  return addresses.length > 0 || dhcp4 || dhcp6 || acceptRa;
}

/** Where a link leads: of a bond its first member's LAN, since all members are in one network. */
function placeOf(
  links: readonly Link[],
  link: Link,
): { readonly lan: string; readonly vlan: number | undefined } | undefined {
  const named = (name: string | undefined): Link | undefined =>
    links.find((other) => other.name === name);
  switch (link.kind) {
    case 'ethernet':
      return { lan: link.lan, vlan: undefined };
    case 'bond': {
      const member = named(link.members[0]);
      return member === undefined ? undefined : placeOf(links, member);
    }
    case 'vlan': {
      const parent = named(link.parent);
      const below = parent === undefined ? undefined : placeOf(links, parent);
      return below === undefined ? undefined : { lan: below.lan, vlan: link.id };
    }
  }
}
