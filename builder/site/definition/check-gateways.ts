import { placeOf, type SourcePos } from '../../report/diagnostic.ts';
import { placeIn } from '../../yaml/sources.ts';
import { type Ip, ipText, isHostAddress, isWithin, parseCidr, parseIp } from './ip.ts';
import { usualIp } from './links.ts';
import { type PlannedNode, placeOfNode, saysItself } from './plan.ts';
import type { Checked, Rule } from './rule.ts';
import type { Link } from './site.ts';
import { type LinkedNode, placeOfLink, type SiteAddress } from './site-address.ts';

export const GATEWAY_RULES: readonly Rule[] = [
  checkWritten,
  checkReach,
  checkNotANode,
  checkOneEach,
  checkRoutes,
];

/** A list of gateways of the site, of its defaults: one of each family. */
function checkWritten({ plan, sources, report }: Checked): void {
  const { network, defaults } = plan.written;
  for (const [path, list] of [
    [['network', 'gateway'], network?.gateway],
    [['defaults', 'gateway'], defaults?.gateway],
  ] as const) {
    const [first, second, third] = list?.map((text) => parseIp(text)) ?? [];
    const isTwice = first && second && first.family === second.family;
    if (!isTwice && !third) continue;
    const at = sources.at([...path, isTwice ? 1 : 2]);
    report.error('there is one default route of each family at most', at);
  }
}

/** A gateway is in a network of the link that leads to it. */
function checkReach({ nodes, report }: Checked): void {
  for (const { node, links } of nodes) {
    const isOnlyLink = node.own.interfaces === undefined;
    for (const [index, link] of links.entries()) {
      if (link.dhcp4 || link.addresses.length === 0) continue;
      for (const gateway of link.gateways) {
        if (isInNetworkOf(gateway, link)) continue;
        const at = gatewayPlace(node, index, gateway);
        const where = `${node.name} has ${link.addresses.join(' and ')}`;
        report.error(`the gateway ${gateway} is not in a network of ${node.name}`, at, where);
      }
    }
    if (isOnlyLink) continue;
    checkFree({ node, links }, report);
  }
}

/** A gateway that holds for a node with several links belongs to one of them. */
function checkFree({ node, links }: LinkedNode, report: Checked['report']): void {
  const statics = links.flatMap(({ addresses }) =>
    addresses.flatMap((each) => parseCidr(each) ?? []),
  );
  for (const text of node.settings.gateway ?? []) {
    const ip = parseIp(text);
    const rivals = statics.filter(({ family }) => family === ip?.family);
    const isSaidByLink = links.some(({ gateways }) =>
      gateways.some((each) => parseIp(each)?.family === ip?.family),
    );
    if (!ip || rivals.length === 0 || isSaidByLink) continue;
    const note = `${node.name} is in none; give its own below "interfaces"`;
    report.error(
      `the gateway ${ipText(ip)} is not in a network of ${node.name}`,
      placeOfNode(node, 'gateway', text),
      note,
    );
  }
}

/** Where a default route is given: at the link, else for the whole of the node. */
function gatewayPlace(node: PlannedNode, index: number, gateway: string): SourcePos {
  const ofLink = node.own.interfaces?.[index]?.value.gateway;
  const isMeant = (text: string): boolean => usualIp(text) === gateway;
  const text = ofLink?.find(isMeant);
  if (text !== undefined) return placeOfLink(node, index, 'gateway', text);
  return placeOfNode(node, 'gateway', node.settings.gateway?.find(isMeant) ?? gateway);
}

/** The gateway is a box of its own. */
function checkNotANode({ nodes, addresses, report }: Checked): void {
  const owners = new Map<string, SiteAddress>(addresses.map((each) => [ipText(each.cidr), each]));
  const seen = new Set<string>();
  for (const { node, links } of nodes) {
    for (const [index, link] of links.entries()) {
      for (const gateway of link.gateways) {
        const owner = owners.get(gateway);
        const isEdge = link.addresses.some((each) => isUnusable(gateway, each));
        if ((!owner && !isEdge) || seen.has(gateway)) continue;
        seen.add(gateway);
        const at = gatewayPlace(node, index, gateway);
        const message = owner
          ? `the gateway ${gateway} is the address of ${owner.owner.node.name}`
          : `${gateway} is no address of a host in its network, so no gateway has it`;
        report.error(
          message,
          at,
          owner && `${owner.owner.node.name} has it at ${placeOf(owner.at)}`,
        );
      }
    }
  }
}

function isUnusable(gateway: string, address: string): boolean {
  const [ip, cidr] = [parseIp(gateway), parseCidr(address)];
  return (
    ip !== undefined &&
    cidr !== undefined &&
    isWithin(ip, cidr) &&
    !isHostAddress({ ...ip, prefix: cidr.prefix })
  );
}

/** Of two default routes of one family nobody knows which is taken. And a card with DHCP gets its own. */
function checkOneEach({ nodes, report }: Checked): void {
  for (const { node, links } of nodes) {
    const seen = new Map<number, string>();
    for (const [index, { name, gateways }] of links.entries()) {
      for (const gateway of gateways) {
        const family = parseIp(gateway)?.family ?? 4;
        const first = seen.get(family);
        const where = first === name ? name : `${first} and ${name}`;
        if (first !== undefined) {
          const message = `${node.name} has two default routes of IPv${family}, on ${where}`;
          report.error(message, gatewayPlace(node, index, gateway));
        }
        seen.set(family, first ?? name);
      }
    }
    const isDynamic = node.own.interfaces === undefined && links.every(({ dhcp4 }) => dhcp4);
    if (!isDynamic || !saysItself(node, 'gateway')) continue;
    const note = 'give it an address, or leave the gateway to DHCP';
    report.error(`${node.name} has a gateway and no address`, placeOfNode(node, 'gateway'), note);
  }
}

/** What a route leads through is next to the link; what it leads to is a network. */
function checkRoutes({ nodes, report }: Checked): void {
  for (const { node, links } of nodes) {
    for (const [index, link] of links.entries()) {
      for (const [place, { to, via }] of link.routes.entries()) {
        const [target, hop] = [parseCidr(to), parseIp(via)];
        if (target && hop && target.family !== hop.family) {
          const message = `a route to ${to} cannot lead through ${via}: they are of two families`;
          report.error(message, placeOfRoute(node, index, place));
        } else if (link.addresses.length > 0 && !link.dhcp4 && !isInNetworkOf(via, link)) {
          const at = placeOfRoute(node, index, place);
          report.error(`${via} is not in a network of the link ${link.name} of ${node.name}`, at);
        }
      }
    }
  }
}

function placeOfRoute(node: PlannedNode, index: number, place: number): SourcePos {
  const route = node.own.interfaces?.[index]?.value.routes?.[place];
  return route ? placeIn(route.node, ['via']) : placeOfLink(node, index, 'routes');
}

function isInNetworkOf(address: string, link: Link): boolean {
  const ip: Ip | undefined = parseIp(address);
  return link.addresses.some((each) => {
    const cidr = parseCidr(each);
    return ip !== undefined && cidr !== undefined && isWithin(ip, cidr);
  });
}
