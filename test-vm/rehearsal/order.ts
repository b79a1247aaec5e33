import { KilnError } from '../../builder/report/errors.ts';
import { sha256 } from '../../builder/report/sha256.ts';
import { didYouMean } from '../../builder/report/suggest.ts';
import type { SiteNode } from '../../builder/site/definition/site.ts';
import type { Order, RehearsalOptions } from './options.ts';

/**
 * The nodes that take part, in the order of the site.
 * @throws KilnError `usage` for names that no node has, or when nobody is left
 */
export function participants(
  nodes: readonly SiteNode[],
  options: RehearsalOptions,
): readonly SiteNode[] {
  const { only, without, cuts, order } = options;
  const all = nodes.map(({ name }) => name);
  known('--only', only, all);
  const chosen = only.length === 0 ? nodes : nodes.filter(({ name }) => only.includes(name));
  const names = chosen.map(({ name }) => name);
  known('--without', without, names);
  const off = names.filter((name) => !without.includes(name));
  known(
    '--cut',
    cuts.map(({ node }) => node),
    off,
  );
  if (order.kind === 'names') known('--order', order.names, off);
  if (off.length === 0) {
    throw new KilnError('usage', 'no node is left to switch on', {
      hint: 'name fewer nodes with --without',
    });
  }
  return chosen;
}

/** Names in the order in which they are switched on. Pure. */
export function startOrder(names: readonly string[], order: Order): readonly string[] {
  switch (order.kind) {
    case 'forward':
      return names;
    case 'reverse':
      return names.toReversed();
    case 'random': {
      const place = (name: string): string => sha256(`${order.seed}/${name}`);
      return names.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
    }
    case 'names':
      return [...order.names, ...names.filter((name) => !order.names.includes(name))];
  }
}

/**
 * One by one only works when who comes first waits for nobody.
 * @throws KilnError `usage` when another than the node that starts the cluster comes first
 */
export function refuseDeadlock(order: readonly string[], nodes: readonly SiteNode[]): void {
  const first = nodes.find(({ bootstrap }) => bootstrap)?.name;
  if (first === undefined || order[0] === first) return;
  throw new KilnError(
    'usage',
    `${order[0]} would be the first, one by one, and it can only be ready after ${first}, which starts the cluster`,
    { hint: `leave out --one-by-one (then nodes wait for each other), or let ${first} come first` },
  );
}

function known(option: string, wanted: readonly string[], names: readonly string[]): void {
  for (const name of wanted) {
    if (names.includes(name)) continue;
    const meant = didYouMean(name, names);
    throw new KilnError('usage', `${option}: no node that takes part is called "${name}"${meant}`, {
      hint: `nodes are ${names.slice(0, 20).join(', ')}`,
    });
  }
}
