import { sha256 } from '../../builder/report/sha256.ts';
import type { Bond, Ethernet, SiteNode } from '../../builder/site/definition/site.ts';

/** A network card of a virtual node. */
export interface Card {
  readonly lan: string;
  readonly mac: string;
  /** Cards of a bond that a switch has to know of are one link there: the bond's name. */
  readonly aggregate: string | undefined;
}

/** Modes that put frames on any member and take them from any: the switch must see one link in them. */
const AGGREGATED: readonly Bond['mode'][] = ['balance-rr', 'balance-xor'];

/** The cards of a node, in the order of the site. Pure. */
export function cardsOf(site: string, { name, links }: SiteNode): readonly Card[] {
  const bonds = links.filter((link) => link.kind === 'bond');
  return links
    .filter((link): link is Ethernet => link.kind === 'ethernet')
    .map((link) => {
      const bond = bonds.find(({ members }) => members.includes(link.name));
      const isAggregate = bond !== undefined && AGGREGATED.includes(bond.mode);
      return {
        lan: link.lan,
        mac: link.mac ?? madeUpMac(`${site}/${name}/${link.name}`),
        aggregate: isAggregate ? bond.name : undefined,
      };
    });
}

/** An address of QEMU's own range, always the same for the same card. Pure. */
function madeUpMac(card: string): string {
  const bytes = sha256(card).match(/../g) ?? [];
  return ['52', '54', '00', ...bytes.slice(0, 3)].join(':');
}
