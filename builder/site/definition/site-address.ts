import type { SourcePos } from '../../report/diagnostic.ts';
import { placeIn, type YamlPath } from '../../yaml/sources.ts';
import { type Cidr, parseCidr } from './ip.ts';
import { linksOf } from './links.ts';
import { type PlannedNode, placeOfNode } from './plan.ts';
import type { Link } from './site.ts';

/** A node with its links. */
export interface LinkedNode {
  readonly node: PlannedNode;
  readonly links: readonly Link[];
}

/** An address that a node has, and where that is written. */
export interface SiteAddress {
  readonly owner: LinkedNode;
  readonly link: Link;
  readonly cidr: Cidr;
  readonly at: SourcePos;
}

export function withLinks(nodes: readonly PlannedNode[]): readonly LinkedNode[] {
  return nodes.map((node) => ({ node, links: linksOf(node) }));
}

/** All static addresses of nodes. */
export function addressesOfAll(nodes: readonly LinkedNode[]): readonly SiteAddress[] {
  return nodes.flatMap((owner) =>
    owner.links.flatMap((link, index) =>
      writtenAddresses(owner.node, index).flatMap((text) => {
        const cidr = parseCidr(text);
        const at = placeOfLink(owner.node, index, 'address', text);
        return cidr ? [{ owner, link, cidr, at }] : [];
      }),
    ),
  );
}

function writtenAddresses({ own }: PlannedNode, index: number): readonly string[] {
  return (own.interfaces ? own.interfaces[index]?.value.address : own.address) ?? [];
}

/** Where something of a link is written: of a node's only card, at the node itself. */
export function placeOfLink(node: PlannedNode, index: number, ...path: YamlPath): SourcePos {
  const written = node.own.interfaces?.[index];
  return written ? placeIn(written.node, path) : placeOfNode(node, ...path);
}
