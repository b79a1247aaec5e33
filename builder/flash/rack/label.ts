import type { Uuid } from '../../image/artifacts/guid.ts';
import { table } from '../../report/table.ts';
import type { Ethernet, Role, Site, SiteNode } from '../../site/definition/site.ts';
import type { BlockDevice } from '../devices/block-device.ts';
import { sizeText } from '../devices/size-text.ts';

/** What is stuck on a box, or on the case of its card. Nothing of it is secret. */
export interface Label {
  readonly site: string;
  readonly node: string;
  readonly role: Role;
  /** Of the node in its cluster, both families'; `DHCP` when it gets it from there. */
  readonly address: string;
  /** Of all its cards that the site names. */
  readonly macs: readonly string[];
  /** Model, size and serial number of the disk, as far as it tells them. */
  readonly card: string;
  /** UUID of the partition with the seed: which seed it is, and PARTUUID on the box. */
  readonly seed: Uuid;
}

/** The label of a node whose card was written. Pure. */
export function labelOf(
  { name: site }: Pick<Site, 'name'>,
  node: SiteNode,
  { device, seed }: { readonly device: BlockDevice; readonly seed: Uuid },
): Label {
  const addresses = [node.address, node.secondAddress].filter((each) => each !== undefined);
  const ethernets = node.links.filter((link): link is Ethernet => link.kind === 'ethernet');
  return {
    site,
    node: node.name,
    role: node.role,
    address: addresses.join(', ') || 'DHCP',
    macs: ethernets.flatMap(({ mac }) => mac ?? []),
    card: cardText(device),
    seed,
  };
}

function cardText({ model, sizeBytes, serial }: BlockDevice): string {
  const number = serial === undefined ? undefined : `serial ${serial}`;
  return [model, sizeText(sizeBytes), number].filter((word) => word !== undefined).join(', ');
}

/** What a label says below its heading, as name and value. Pure. */
export function labelRows({ role, address, macs, card, seed }: Label): readonly LabelRow[] {
  return [
    ['role', role],
    ['address', address],
    ...macs.map((mac): LabelRow => ['MAC', mac]),
    ['card', card],
    ['seed', seed],
  ];
}

/** One line of a label. */
export type LabelRow = readonly [name: string, value: string];

/** The label as plain text. Pure. */
export function labelText(label: Label): string {
  return table([['site', label.site], ['node', label.node], ...labelRows(label)]);
}
