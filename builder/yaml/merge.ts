import type { Report } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import { isEmpty, isRemoval } from './collections.ts';
import type { ListNode, MapEntry, MapNode, YamlNode } from './node.ts';

/**
 * Lays the later of two documents over the earlier. Maps merge, an empty value takes an entry away; lists append, an
 * item `-x` takes `x` away, and what is there already is not repeated; anything else is replaced. Taking away what
 * is not there is reported. Positions stay those of the file that a value came from.
 *
 * @param replaced keys of the top level whose values do not merge (a map of which only one of several shapes makes sense)
 */
export function mergeDocuments(
  documents: readonly YamlNode[],
  replaced: readonly string[],
  report: Report,
): YamlNode | undefined {
  let merged: YamlNode | undefined;
  for (const document of documents) {
    const base =
      merged?.kind === 'map' ? withoutKeys(merged, replacedBy(document, replaced)) : merged;
    merged = mergeNode(base, document, report);
  }
  return merged;
}

function mergeNode(below: YamlNode | undefined, above: YamlNode, report: Report): YamlNode {
  if (above.kind === 'map') {
    return mergeMaps(below?.kind === 'map' ? below : undefined, above, report);
  }
  if (above.kind === 'list') {
    return mergeLists(below?.kind === 'list' ? below : undefined, above, report);
  }
  return above;
}

function mergeMaps(below: MapNode | undefined, above: MapNode, report: Report): MapNode {
  const entries = new Map<string, MapEntry>(below?.entries);
  for (const [key, { key: at, value }] of above.entries) {
    const included = entries.get(key);
    if (!isEmpty(value)) {
      entries.set(key, { key: at, value: mergeNode(included?.value, value, report) });
    } else if (included) {
      entries.delete(key);
    } else {
      const tail = didYouMean(key, entries.keys());
      report.error(
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

function replacedBy(document: YamlNode, replaced: readonly string[]): readonly string[] {
  return document.kind === 'map' ? replaced.filter((key) => document.entries.has(key)) : [];
}

function withoutKeys(map: MapNode, keys: readonly string[]): MapNode {
  return { ...map, entries: new Map([...map.entries].filter(([key]) => !keys.includes(key))) };
}

function isText(node: YamlNode, value: string): boolean {
  return node.kind === 'scalar' && node.value === value;
}

function textOf(node: YamlNode): readonly string[] {
  return node.kind === 'scalar' && typeof node.value === 'string' ? [node.value] : [];
}
