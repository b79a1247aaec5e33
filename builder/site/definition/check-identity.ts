import { placeOf, type SourcePos } from '../../report/diagnostic.ts';
import { type PlannedNode, placeOfNode } from './plan.ts';
import type { Checked, Rule } from './rule.ts';
import { placeOfLink } from './site-address.ts';

export const IDENTITY_RULES: readonly Rule[] = [checkNames, checkMacs, checkPlates];

interface Owner {
  readonly node: PlannedNode;
  readonly at: SourcePos;
}

function checkNames(checked: Checked): void {
  const owners = new Map<string, Owner>();
  for (const node of checked.plan.nodes) {
    const at = placeOfNode(node, 'name');
    claim(
      owners,
      node.name,
      { node, at },
      checked,
      () => `there are two nodes of the name ${node.name}`,
    );
    if (node.name !== 'localhost') continue;
    checked.report.error('"localhost" is the name that every box has for itself', at);
  }
}

function checkMacs(checked: Checked): void {
  const owners = new Map<string, Owner>();
  for (const { node, links } of checked.nodes) {
    for (const [index, link] of links.entries()) {
      if (link.kind !== 'ethernet' || link.mac === undefined) continue;
      const at = placeOfLink(node, index, 'mac');
      if (Number.parseInt(link.mac.slice(0, 2), 16) % 2 === 1) {
        const note = 'the second digit of one that a card has is even';
        checked.report.error(`${link.mac} is an address of a group of cards`, at, note);
      } else if (link.mac === '00:00:00:00:00:00') {
        checked.report.error('no card has a MAC address of zeros', at);
      }
      claim(owners, link.mac, { node, at }, checked, (first) =>
        first.node === node
          ? `${node.name} has two cards with the MAC address ${link.mac}`
          : `${node.name} and ${first.node.name} both have the MAC address ${link.mac}`,
      );
    }
  }
}

/** What a machine's plate and firmware say is its own. */
const PLATES = [
  { key: 'serial', noun: 'serial number' },
  { key: 'uuid', noun: 'UUID' },
] as const;

function checkPlates(checked: Checked): void {
  for (const { key, noun } of PLATES) {
    const owners = new Map<string, Owner>();
    for (const node of checked.plan.nodes) {
      const value = node.own[key];
      if (value === undefined) continue;
      const at = placeOfNode(node, key);
      const describe = (first: Owner): string =>
        `${node.name} and ${first.node.name} both have the ${noun} ${value}`;
      claim(owners, value, { node, at }, checked, describe);
      if (key === 'uuid' && /^[0-]+$|^[f-]+$/.test(value)) {
        checked.report.error('firmware that says this UUID says that it has none', at);
      }
    }
  }
}

/** Of one thing there is one owner: a second one is reported, with the place of the first. */
function claim(
  owners: Map<string, Owner>,
  key: string,
  owner: Owner,
  { report }: Checked,
  describe: (first: Owner) => string,
): void {
  const first = owners.get(key);
  if (first) report.error(describe(first), owner.at, `the first is at ${placeOf(first.at)}`);
  else owners.set(key, owner);
}
