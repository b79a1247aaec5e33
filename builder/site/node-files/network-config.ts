import type { JsonObject } from '../definition/json.ts';
import type { Addressing, Bond, Ethernet, Link, SiteNode } from '../definition/site.ts';

// cloud-init's schema wants numbers and truths of some keys as text; netplan takes both.

/** Milliseconds between two looks whether a bond's cards have a link: the kernel's own default is never. */
const LINK_CHECK = '100';

/** As the box asks without a seed: a server knows a card by its address, whatever runs on the box. */
const BY_CARD = { 'dhcp-identifier': 'mac', 'dhcp4-overrides': { 'use-domains': 'true' } } as const;

/** network-config of version 2, as netplan reads it on the box. CNIs' interfaces match nothing in it. Pure. */
export function networkConfig(node: SiteNode): JsonObject {
  const resolving = resolvingLinks(node.links);
  const all = node.links.map((link) => ({
    link,
    settings: {
      ...kindOf(link),
      ...addressing(link),
      ...(resolving.includes(link) && nameServers(node)),
    },
  }));
  const group = (kind: Link['kind']): JsonObject =>
    Object.fromEntries(
      all
        .filter(({ link }) => link.kind === kind)
        .map(({ link, settings }) => [link.name, settings]),
    );
  const groups = { ethernets: group('ethernet'), bonds: group('bond'), vlans: group('vlan') };
  const some = Object.entries(groups).filter(([, links]) => Object.keys(links).length > 0);
  return { version: 2, ...Object.fromEntries(some) };
}

function kindOf(link: Link): JsonObject {
  switch (link.kind) {
    case 'ethernet':
      return card(link);
    case 'bond':
      return { interfaces: link.members, parameters: bondParameters(link) };
    case 'vlan':
      return { id: link.id, link: link.parent };
  }
}

/** Wired cards are named en… or eth…; nothing that a CNI makes is. */
function card({ name, mac }: Ethernet): JsonObject {
  return mac === undefined
    ? { match: { name: 'e*' } }
    : { match: { macaddress: mac }, 'set-name': name };
}

function bondParameters({ mode }: Bond): JsonObject {
  return {
    mode,
    'mii-monitor-interval': LINK_CHECK,
    ...(mode === '802.3ad' && { 'lacp-rate': 'fast' }),
  };
}

/** What is not wanted is said as well: networkd's defaults depend on whether the box forwards. */
function addressing(link: Addressing): JsonObject {
  const routes = [
    ...link.gateways.map((via) => ({ to: via.includes(':') ? '::/0' : '0.0.0.0/0', via })),
    ...link.routes.map(({ to, via }) => ({ to, via })),
  ];
  return {
    dhcp4: link.dhcp4,
    dhcp6: link.dhcp6,
    'accept-ra': link.acceptRa,
    ...(link.dhcp4 && BY_CARD),
    ...(link.addresses.length > 0 && { addresses: link.addresses }),
    ...(routes.length > 0 && { routes }),
    ...(link.mtu !== undefined && { mtu: link.mtu }),
  };
}

/** Name servers are asked through the links that lead out, or through all that have addresses if none does. */
function resolvingLinks(links: readonly Link[]): readonly Link[] {
  const addressed = links.filter(
    (link) => link.addresses.length > 0 || link.dhcp4 || link.dhcp6 || link.acceptRa,
  );
  const leadingOut = addressed.filter((link) => link.gateways.length > 0);
  return leadingOut.length > 0 ? leadingOut : addressed;
}

function nameServers({ dns, search }: SiteNode): JsonObject {
  if (dns.length + search.length === 0) return {};
  return {
    nameservers: {
      ...(dns.length > 0 && { addresses: dns }),
      ...(search.length > 0 && { search }),
    },
  };
}
