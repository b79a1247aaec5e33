import { find } from '../../yaml/sources.ts';
import { distinct } from './check-labels.ts';
import { type PlannedNode, placeOfNode } from './plan.ts';
import type { Checked, Rule } from './rule.ts';

export const DISK_RULES: readonly Rule[] = [
  (checked) => checkDisks(checked, 'install', (name) => `${name} shall be installed`),
  (checked) => checkDisks(checked, 'var', (name) => `/var of ${name} shall be on a disk`),
  checkOneSystem,
];

/** A key that names no disk says nothing: the box would list what it sees, and wait. */
function checkDisks(
  { plan, report }: Checked,
  key: 'install' | 'var',
  whatShallBe: (name: string) => string,
): void {
  const told = new Set<string>();
  for (const node of distinct(plan.nodes, (settings) => settings[key])) {
    const disk = writtenDisk(node, key);
    if (disk?.kind === 'map' && disk.entries.size === 0) {
      const note = 'give one or several of path, serial, model, size, bus';
      report.error('this says nothing of a disk', placeOfNode(node, key, 'disk'), note);
    }
    if (disk !== undefined) continue;
    const at = placeOfNode(node, key);
    // Nodes that add something to what the site says may all miss the same.
    const place = `${at.file.name}:${at.start}`;
    if (told.has(place)) continue;
    told.add(place);
    const note = 'give a path, smallest, largest, only, or a map of path, serial, model, size, bus';
    report.error(`${whatShallBe(node.name)}, and "disk" is missing`, at, note);
  }
}

/** Also one that could not be read, which is reported already. */
function writtenDisk({ layers }: PlannedNode, key: 'install' | 'var') {
  const [nearest] = layers.flatMap((layer) => find(layer, [key, 'disk']) ?? []);
  return nearest;
}

/** What is installed has a /var of its own; the box refuses a seed that wants both. */
function checkOneSystem({ plan, report }: Checked): void {
  const both = plan.nodes.filter(({ settings }) => settings.install && settings.var);
  for (const node of distinct(both, (settings) => settings.var)) {
    const message = `${node.name} shall be installed as well, and has /var on that disk then`;
    const note =
      'leave one of the two out; what differs from node to node stands in nodes and groups';
    report.error(message, placeOfNode(node, 'var'), note);
  }
}
