import { find } from '../../yaml/sources.ts';
import { distinct } from './check-labels.ts';
import { type PlannedNode, placeOfNode } from './plan.ts';
import type { Checked, Rule } from './rule.ts';

export const INSTALL_RULES: readonly Rule[] = [checkDisks];

/** An order that names no disk is none: the installer would list what it sees, and wait. */
function checkDisks({ plan, report }: Checked): void {
  const told = new Set<string>();
  for (const node of distinct(plan.nodes, ({ install }) => install)) {
    const disk = writtenDisk(node);
    if (disk?.kind === 'map' && disk.entries.size === 0) {
      const note = 'give one or several of path, serial, model, size, bus';
      report.error('this says nothing of a disk', placeOfNode(node, 'install', 'disk'), note);
    }
    if (disk !== undefined) continue;
    const at = placeOfNode(node, 'install');
    // Nodes that add something to what the site says may all miss the same.
    const place = `${at.file.name}:${at.start}`;
    if (told.has(place)) continue;
    told.add(place);
    const note = 'give a path, smallest, largest, only, or a map of path, serial, model, size, bus';
    report.error(`${node.name} shall be installed, and "disk" is missing`, at, note);
  }
}

/** Also one that could not be read, which is reported already. */
function writtenDisk({ layers }: PlannedNode) {
  const [nearest] = layers.flatMap((layer) => find(layer, ['install', 'disk']) ?? []);
  return nearest;
}
