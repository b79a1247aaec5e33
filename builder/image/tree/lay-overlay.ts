import type { Report } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import { mergeLayers } from './merge.ts';
import type { Overlay } from './overlay.ts';
import type { Accounts } from './roster.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { locateInTree, resolveInTree } from './tree-path.ts';

/**
 * Lays an overlay over a tree: first goes what it removes, then comes what it copies and brings. It may replace
 * any file, but not turn a directory into something else. What its manifest names and is not there is reported.
 */
export function layOverlay(tree: Tree, overlay: Overlay, epoch: number, report: Report): Tree {
  const pruned = withoutRemoved(tree, overlay, report);
  const { rules } = overlay.manifest;
  const entries = [...copies(pruned, overlay, epoch, report), ...overlay.entries];
  const layer = {
    name: overlay.origin,
    entries,
    advice:
      'An overlay may replace files, but not what is a directory or leads to one: `remove` that first, in its overlay.yaml.',
    mayReplace: () => true,
    // Only a rule changes a directory that is there: laying a file into /tmp must not touch its mode.
    ownsDirectory: () => false,
  };
  const merged = mergeLayers(pruned, [layer], epoch);
  const changed = new Map<string, TreeEntry>();
  for (const [path, { mode, at }] of rules) {
    const entry = locateInTree(merged, path);
    if (entry === undefined) {
      report.error(
        `neither the overlay nor the tree has "${path}"${didYouMean(path, merged.keys())}`,
        at,
      );
    } else if (mode !== undefined) {
      changed.set(entry.path, { ...entry, mode });
    }
  }
  return withChanged(merged, changed);
}

/** Gives what the overlays' manifests name to its owners; unknown ones are reported. */
export function applyOwners(
  tree: Tree,
  overlays: readonly Overlay[],
  accounts: Accounts,
  report: Report,
): Tree {
  const uids = new Map(accounts.users.map(({ name, uid }) => [name, uid]));
  const gids = new Map(accounts.groups.map(({ name, gid }) => [name, gid]));
  const changed = new Map<string, TreeEntry>();
  for (const [path, { owner, group, at }] of overlays.flatMap(({ manifest }) => [
    ...manifest.rules,
  ])) {
    const found = locateInTree(tree, path);
    const entry = found && (changed.get(found.path) ?? found);
    if (entry === undefined) continue;
    const uid = owner === undefined ? entry.uid : uids.get(owner);
    const gid = group === undefined ? entry.gid : gids.get(group);
    if (uid === undefined) {
      report.error(`there is no user "${owner}"${didYouMean(owner ?? '', uids.keys())}`, at);
    } else if (gid === undefined) {
      report.error(`there is no group "${group}"${didYouMean(group ?? '', gids.keys())}`, at);
    } else changed.set(entry.path, { ...entry, uid, gid });
  }
  return withChanged(tree, changed);
}

function withChanged(tree: Tree, changed: ReadonlyMap<string, TreeEntry>): Tree {
  if (changed.size === 0) return tree;
  return new Map([...tree].map(([path, entry]) => [path, changed.get(path) ?? entry]));
}

function withoutRemoved(tree: Tree, { manifest }: Overlay, report: Report): Tree {
  const gone = new Set<string>();
  for (const { path, at } of manifest.remove) {
    const entry = locateInTree(tree, path);
    if (entry !== undefined) gone.add(entry.path);
    else report.error(`there is no "${path}" to remove${didYouMean(path, tree.keys())}`, at);
  }
  if (gone.size === 0) return tree;
  const isGone = (path: string) =>
    [...gone].some((top) => path === top || path.startsWith(`${top}/`));
  return new Map([...tree].filter(([path]) => !isGone(path)));
}

function copies(
  tree: Tree,
  { manifest, origin }: Overlay,
  epoch: number,
  report: Report,
): readonly TreeEntry[] {
  return manifest.copy.flatMap(({ from, to, at }): readonly TreeEntry[] => {
    const source = resolveInTree(tree, from);
    if (source?.kind !== 'file') {
      report.error(`there is no file "${from}" to copy${didYouMean(from, tree.keys())}`, at);
      return [];
    }
    const mode = source.mode & 0o100 ? 0o755 : 0o644;
    return [{ ...source, path: to, mode, uid: 0, gid: 0, mtime: epoch, origin }];
  });
}
