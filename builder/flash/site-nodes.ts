import { KilnError } from '../report/errors.ts';
import { didYouMean } from '../report/suggest.ts';
import { parseRange, textOf } from '../site/definition/range.ts';
import type { Site, SiteNode } from '../site/definition/site.ts';
import type { ReleaseImage } from './image/release-image.ts';

type Image = Pick<ReleaseImage, 'title' | 'arch'>;
type Nodes = Pick<Site, 'name' | 'nodes'>;

/** How many names an error tells. */
const FEW = 8;

/**
 * The node that a user names. Pure.
 * @throws KilnError `usage` when there is none, or the image is for another architecture
 */
export function nodeNamed(site: Nodes, name: string, image: Image): SiteNode {
  const [node] = nodesNamed(site, [name]);
  if (node === undefined) throw new Error('no name, no node');
  checkArch([node], image);
  return node;
}

/** Which nodes get a card, in the order of the site. */
export interface RackNodes {
  readonly nodes: readonly SiteNode[];
  /** Those that nobody named, and that need a release for another architecture. */
  readonly leftOut: readonly SiteNode[];
}

/**
 * The nodes of a site that get a card of an image. Pure.
 * @param only names, and ranges of them as in a site file: `c1,w[1-20]`
 * @param from name of the first one
 * @throws KilnError `usage` when a name is unknown, or no node is left
 */
export function rackNodes(
  site: Nodes,
  image: Image,
  { only, from }: { readonly only?: string; readonly from?: string },
): RackNodes {
  const chosen = only === undefined ? site.nodes : nodesNamed(site, namesIn(only));
  if (only !== undefined) checkArch(chosen, image);
  const [start] = from === undefined ? chosen : nodesNamed(site, [from]);
  if (from !== undefined && start !== undefined) checkArch([start], image);
  const first = chosen.findIndex(({ name }) => name === start?.name);
  if (first === -1) {
    throw new KilnError('usage', `--from ${from}: it is none of those that --only names`, {
      hint: `they are: ${few(chosen)}`,
    });
  }
  const wanted = chosen.slice(first);
  const nodes = wanted.filter(({ arch }) => arch === image.arch);
  if (nodes.length === 0) checkArch(wanted, image);
  return { nodes, leftOut: wanted.filter(({ arch }) => arch !== image.arch) };
}

/** The items of a list with commas, which ranges have too, and all that each stands for. */
function namesIn(only: string): readonly string[] {
  return only.split(/,(?![^[]*\])/).flatMap((item) => {
    const range = parseRange(item.trim(), 10);
    if (range === undefined || item.trim() === '') {
      throw new KilnError('usage', `--only ${only}: "${item}" is no name of nodes`, {
        hint: 'it is a list of names, or of ranges as in a site file: c1,w[1-20]',
      });
    }
    return Array.from({ length: range.count }, (_, place) => textOf(range, place));
  });
}

/** In the order of the site; every unknown name is told. */
function nodesNamed({ name: site, nodes }: Nodes, names: readonly string[]): readonly SiteNode[] {
  const known = new Set(nodes.map(({ name }) => name));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    const shown = unknown.slice(0, FEW).map((name) => `"${name}"${didYouMean(name, known)}`);
    const more = unknown.length > FEW ? `\n  … and ${unknown.length - FEW} more` : '';
    const what =
      shown.length === 1 ? ` ${shown[0]}` : `${shown.map((each) => `\n  ${each}`).join('')}${more}`;
    throw new KilnError('usage', `the site ${site} has no node${what}`, {
      hint: `its nodes are: ${few(nodes)}`,
    });
  }
  const wanted = new Set(names);
  return nodes.filter(({ name }) => wanted.has(name));
}

function checkArch(nodes: readonly SiteNode[], { title, arch }: Image): void {
  const wrong = nodes.filter((node) => node.arch !== arch);
  const [first] = wrong;
  if (first === undefined) return;
  const verb = wrong.length === 1 ? 'is' : 'are';
  throw new KilnError(
    'usage',
    `${few(wrong)} ${verb} for ${first.arch}, and ${title} is for ${arch}`,
    {
      hint: `name a release for ${first.arch}, or other nodes`,
    },
  );
}

/** Some names, and how many there are more. */
function few(nodes: readonly SiteNode[]): string {
  const shown = nodes.slice(0, FEW).map(({ name }) => name);
  return nodes.length > FEW
    ? `${shown.join(', ')} and ${nodes.length - FEW} more`
    : shown.join(', ');
}
