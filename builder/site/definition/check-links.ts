import { parseCidr } from './ip.ts';
import { hasAllInterfaces, placeOfNode, saysItself } from './plan.ts';
import type { Checked, Rule } from './rule.ts';
import type { Bond, Link, Vlan } from './site.ts';
import { type LinkedNode, placeOfLink } from './site-address.ts';

/** Links that the cluster's network makes, and that the box therefore leaves alone: 10-kiln-cni.network. */
const OF_CLUSTER =
  /^(lo|cali.*|cilium.*|cni.*|dummyvip.*|flannel.*|geneve.*|ipip.*|kube-.*|lxc.*|nodelocaldns|tunl.*|veth.*|vxlan.*|wireguard\.cali|wg.*\.cali)$/;

/** The least that IPv6 asks of a link (RFC 8200, section 5). */
const IPV6_MTU = 1280;
const USUAL_MTU = 1500;

export const LINK_RULES: readonly Rule[] = [
  checkForms,
  eachLink(checkName),
  eachLink(checkMtu),
  eachLink(checkBond),
  eachLink(checkVlan),
  checkCards,
];

type LinkRule = (link: Link, index: number, owner: LinkedNode, report: Checked['report']) => void;

function eachLink(rule: LinkRule): Rule {
  return ({ nodes, report }) => {
    for (const owner of nodes) {
      owner.links.forEach((link, index) => {
        rule(link, index, owner, report);
      });
    }
  };
}

/** A node has one card without a name, or a list of interfaces. */
function checkForms({ nodes, report }: Checked): void {
  for (const { node, links } of nodes) {
    if (!node.own.interfaces) continue;
    for (const key of ['address', 'mac'] as const) {
      if (node.own[key] === undefined || !saysItself(node, key)) continue;
      const message = `"${key}" and "interfaces" exclude each other`;
      const note = `what it says belongs to one of the interfaces of ${node.name}`;
      report.error(message, placeOfNode(node, key), note);
    }
    const isDead = links.every(
      ({ addresses, dhcp4, dhcp6, acceptRa }) =>
        addresses.length === 0 && !dhcp4 && !dhcp6 && !acceptRa,
    );
    if (!isDead || !hasAllInterfaces(node)) continue;
    const message = `no interface of ${node.name} has an address or gets one`;
    report.error(message, placeOfNode(node, 'interfaces'), 'add "address", or dhcp: true');
  }
}

function checkName(
  { name, kind }: Link,
  index: number,
  { node, links }: LinkedNode,
  report: Checked['report'],
): void {
  const at = placeOfLink(node, index, kind);
  if (OF_CLUSTER.test(name)) {
    report.error(`"${name}" is a name that the cluster's network uses for links of its own`, at);
  } else if (links.findIndex((other) => other.name === name) < index) {
    report.error(`${node.name} has two links of the name "${name}"`, at);
  }
}

function checkMtu(
  link: Link,
  index: number,
  { node, links }: LinkedNode,
  report: Checked['report'],
): void {
  const { mtu } = link;
  if (mtu === undefined) return;
  const at = placeOfLink(node, index, 'mtu');
  const isIpv6 = link.addresses.some((each) => parseCidr(each)?.family === 6);
  if (isIpv6 && mtu < IPV6_MTU) {
    report.error(`IPv6 needs an MTU of ${IPV6_MTU}, and this is ${mtu}`, at);
  }
  const below = lowerLinks(link, links).find((lower) => (lower.mtu ?? USUAL_MTU) < mtu);
  if (!below) return;
  const message = `${link.name} has an MTU of ${mtu}, and ${below.name} below it one of ${below.mtu ?? USUAL_MTU}`;
  report.error(message, at);
}

function lowerLinks(link: Link, links: readonly Link[]): readonly Link[] {
  switch (link.kind) {
    case 'ethernet':
      return [];
    case 'bond':
      return links.filter(({ name }) => link.members.includes(name));
    case 'vlan':
      return links.filter(({ name }) => link.parent === name);
  }
}

function checkBond(bond: Link, index: number, owner: LinkedNode, report: Checked['report']): void {
  if (bond.kind !== 'bond') return;
  if (bond.members.length === 0) {
    report.error(`the bond ${bond.name} has no members`, placeOfLink(owner.node, index, 'members'));
  }
  for (const member of bond.members) {
    const at = placeOfLink(owner.node, index, 'members', member);
    const complaint = complaintAboutMember(member, bond, index, owner);
    if (complaint !== undefined) report.error(complaint, at);
  }
}

function complaintAboutMember(
  member: string,
  bond: Bond,
  index: number,
  { node, links }: LinkedNode,
): string | undefined {
  const link = links.find(({ name }) => name === member);
  if (!link) return `${node.name} has no link "${member}"`;
  if (link.kind !== 'ethernet') return `"${member}" is a ${link.kind}, and a bond is made of cards`;
  const rival = links.find(
    (other, place) => place < index && other.kind === 'bond' && other.members.includes(member),
  );
  if (rival) return `"${member}" is a member of "${rival.name}" already`;
  const hasOwn = link.addresses.length > 0 || link.dhcp4 || link.dhcp6 || link.acceptRa;
  if (hasOwn) return `"${member}" has an address of its own: give it to the bond "${bond.name}"`;
  const vlan = links.find((other) => other.kind === 'vlan' && other.parent === member);
  return vlan && `the VLAN "${vlan.name}" is on "${member}": put it on the bond "${bond.name}"`;
}

function checkVlan(vlan: Link, index: number, owner: LinkedNode, report: Checked['report']): void {
  if (vlan.kind !== 'vlan') return;
  const { node, links } = owner;
  const at = placeOfLink(node, index, 'parent');
  const parent = links.find(({ name }) => name === vlan.parent);
  if (!parent) {
    report.error(`${node.name} has no link "${vlan.parent}" for the VLAN ${vlan.name}`, at);
  } else if (parent.kind === 'vlan') {
    report.error(`"${vlan.parent}" is a VLAN itself; the parent is a card or a bond`, at);
  }
  const rival = links.find((other, place) => place < index && isSameVlan(other, vlan));
  if (!rival) return;
  const message = `the VLAN ${vlan.id} of "${vlan.parent}" is "${rival.name}" already`;
  report.error(message, placeOfLink(node, index, 'id'));
}

function isSameVlan(link: Link, { parent, id }: Vlan): boolean {
  return link.kind === 'vlan' && link.parent === parent && link.id === id;
}

/** Of several cards the box has to know which is which. */
function checkCards({ nodes, report }: Checked): void {
  for (const { node, links } of nodes) {
    const cards = links.filter(({ kind }) => kind === 'ethernet').length;
    if (cards === 0 && hasAllInterfaces(node)) {
      const message = `${node.name} has no card: bonds and VLANs need one below`;
      report.error(message, placeOfNode(node, 'interfaces'));
    }
    if (cards < 2) continue;
    for (const [index, link] of links.entries()) {
      if (link.kind !== 'ethernet' || link.mac !== undefined) continue;
      const note = 'of several cards the box has to know which is which';
      const at = placeOfLink(node, index, 'ethernet');
      report.error(`the card ${link.name} of ${node.name} needs its "mac"`, at, note);
    }
  }
}
