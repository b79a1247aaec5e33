import type { Report } from '../../report/diagnostic.ts';
import type { Placed } from '../../yaml/decoder.ts';
import { headingOf, type YamlNode } from '../../yaml/node.ts';
import { find } from '../../yaml/sources.ts';
import { expandGroup } from './expand-group.ts';
import { type Ground, type PlannedNode, split } from './plan.ts';
import { MAX_NODES } from './range.ts';
import type { Written } from './schema.ts';
import type { WrittenNode } from './schema-node.ts';
import { layOver, settingsOfSite } from './settings.ts';

/**
 * The site's nodes in the order of the file, groups after them, each with all that holds for it. What is wrong with the
 * ranges of a group is reported; a group's mistake is one error, however many nodes it has.
 */
export function expandNodes(
  written: Partial<Written>,
  root: YamlNode,
  report: Report,
): readonly PlannedNode[] {
  const { nodes = [], groups = [], defaults = {} } = written;
  const ground: Ground = {
    settings: layOver(settingsOfSite(written), defaults),
    layers: [find(root, ['defaults']) ?? root, root],
  };
  const all = nodes.map((node) => planNode(node, ground));
  for (const group of groups) {
    for (const node of expandGroup(group, ground, report)) all.push(node);
    if (all.length <= MAX_NODES) continue;
    const message = `a site has ${MAX_NODES} nodes at most, and with these there are more`;
    report.error(message, headingOf(find(group.node, ['name']) ?? group.node));
    return all.slice(0, MAX_NODES);
  }
  return all;
}

function planNode({ value, node }: Placed<WrittenNode>, ground: Ground): PlannedNode {
  const { name, role, bootstrap, ...rest } = value;
  const [own, settings] = split(rest);
  return {
    ...{ name, role, bootstrap, own },
    settings: layOver(ground.settings, settings),
    layers: [node, ...ground.layers],
  };
}
