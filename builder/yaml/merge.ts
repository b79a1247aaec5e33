import type { Report } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import { isEmpty, isRemoval } from './collections.ts';
import type { ListNode, MapEntry, MapNode, YamlNode } from './node.ts';

/** How documents are laid over each other. */
export interface MergeRules {
  /** Keys, with dots between levels, whose values do not merge: a map of which only one of several shapes makes sense. */
  readonly replaced: readonly string[];
  /** Whether the items of a later list come on top, or instead. */
  readonly lists: 'append' | 'replace';
  /** Keys whose maps merge but are handed on as they are: an empty value in them is a value. */
  readonly raw?: readonly string[];
}

interface Merge extends MergeRules {
  readonly report: Report;
}

/**
 * Lays the later of two documents over the earlier. Maps merge, an empty value takes an entry away; lists append, an
 * item `-x` takes `x` away, and what is there already is not repeated; anything else is replaced. Taking away what
 * is not there is reported. Positions stay those of the file that a value came from.
 */
export function mergeDocuments(
  documents: readonly YamlNode[],
  rules: MergeRules,
  report: Report,
): YamlNode | undefined {
  const merge = { ...rules, report };
  return documents.reduce<YamlNode | undefined>(
    (merged, document) => mergeNode(merged, document, '', merge),
    undefined,
  );
}

function mergeNode(
  below: YamlNode | undefined,
  above: YamlNode,
  path: string,
  merge: Merge,
): YamlNode {
  const base = merge.replaced.includes(path) ? undefined : below;
  if (above.kind === 'map') {
    return mergeMaps(base?.kind === 'map' ? base : undefined, above, path, merge);
  }
  if (above.kind === 'list' && merge.lists === 'append') {
    return mergeLists(base?.kind === 'list' ? base : undefined, above, merge.report);
  }
  return above;
}

function mergeMaps(
  below: MapNode | undefined,
  above: MapNode,
  path: string,
  merge: Merge,
): MapNode {
  const isRaw = merge.raw?.some((key) => path === key || path.startsWith(`${key}.`)) ?? false;
  const entries = new Map<string, MapEntry>(below?.entries);
  for (const [key, { key: at, value }] of above.entries) {
    const included = entries.get(key);
    if (isRaw || !isEmpty(value)) {
      const inner = path === '' ? key : `${path}.${key}`;
      entries.set(key, { key: at, value: mergeNode(included?.value, value, inner, merge) });
    } else if (included) {
      entries.delete(key);
    } else {
      const tail = didYouMean(key, entries.keys());
      merge.report.error(
        `"${key}" is empty, which would take an included one away, but none is${tail}`,
        at,
      );
    }
  }
  return { ...above, entries };
}

function mergeLists(below: ListNode | undefined, above: ListNode, report: Report): ListNode {
  let items = [...(below?.items ?? [])];
  for (const item of above.items.filter(isRemoval)) {
    const unwanted = item.value.slice(1);
    const kept = items.filter((other) => !isText(other, unwanted));
    if (kept.length === items.length) {
      const tail = didYouMean(unwanted, items.flatMap(textOf));
      report.error(
        `no included file has "${unwanted}" in this list, so it cannot be taken away${tail}`,
        item.at,
      );
    }
    items = kept;
  }
  const known = new Set(items.flatMap(textOf));
  const added = above.items.filter(
    (item) => !isRemoval(item) && !textOf(item).some((text) => known.has(text)),
  );
  return { ...above, items: [...items, ...added] };
}

function isText(node: YamlNode, value: string): boolean {
  return node.kind === 'scalar' && node.value === value;
}

function textOf(node: YamlNode): readonly string[] {
  return node.kind === 'scalar' && typeof node.value === 'string' ? [node.value] : [];
}
