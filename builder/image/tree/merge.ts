import { KilnError } from '../../report/errors.ts';
import { compareBytes } from './byte-order.ts';
import { KILN } from './generated.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { parentOf } from './tree-path.ts';

/** Entries that come from one place and go into a tree together. */
export interface Layer {
  /** For messages: a package with its version, an overlay, `kiln`. */
  readonly name: string;
  readonly entries: readonly TreeEntry[];
  /** What to do when an entry of this layer does not fit into the tree. */
  readonly advice: string;
  /** Whether a file or symlink of this layer may take the place of another's. */
  readonly mayReplace: (other: TreeEntry) => boolean;
  /** Whether the layer decides the mode and owner of a directory that is there already. */
  readonly ownsDirectory?: (path: string) => boolean;
}

/**
 * Lays layers over a tree, in order. What is laid below a top-level symlink of the tree (Debian's `/lib`
 * to `usr/lib`) goes where that leads, as in the merged-usr scheme; below any other symlink nothing can be
 * laid. Directories are shared, the first one's mode counts. A file that is there already is a conflict,
 * unless the one layer may replace the other's. Missing parents are made, 0755 root:root.
 * Throws KilnError `definition` with all conflicts.
 */
export function mergeLayers(base: Tree, layers: readonly Layer[], epoch: number): Tree {
  const merge = new Merge(base, layers);
  for (const layer of layers) {
    for (const entry of layer.entries) merge.place(entry, layer);
  }
  return merge.finish(epoch);
}

/** A layer of files that Kiln makes: nothing else may have put them there. */
export function generatedLayer(entries: readonly TreeEntry[]): Layer {
  return {
    name: KILN,
    entries,
    advice: 'The build makes or brings this file itself: leave it out of packages and overlays.',
    mayReplace: () => false,
  };
}

/** Entries by path, in byte order. */
export function sortedTree(entries: Iterable<TreeEntry>): Tree {
  const all = [...entries].sort((a, b) => compareBytes(a.path, b.path));
  return new Map(all.map((entry) => [entry.path, entry]));
}

class Merge {
  readonly #entries: Map<string, TreeEntry>;
  readonly #layerOf = new Map<TreeEntry, Layer>();
  readonly #aliases: ReadonlyMap<string, string>;
  /** What is wrong, with the advice of the layer that came second. */
  readonly #conflicts = new Map<string, string>();

  constructor(base: Tree, layers: readonly Layer[]) {
    this.#entries = new Map(base);
    this.#aliases = topLevelAliases([
      ...base.values(),
      ...layers.flatMap((layer) => layer.entries),
    ]);
  }

  place(given: TreeEntry, layer: Layer): void {
    const entry = canonical(given, this.#aliases);
    const existing = this.#entries.get(entry.path);
    if (existing === undefined || this.#gives(existing, entry, layer)) {
      this.#entries.set(entry.path, entry);
      this.#layerOf.set(entry, layer);
    }
  }

  /** Every parent is there and is a directory; sorted. */
  finish(epoch: number): Tree {
    for (const entry of [...this.#entries.values()]) this.#makeParent(entry, epoch);
    if (this.#conflicts.size > 0) throw conflictError(this.#conflicts);
    return sortedTree(this.#entries.values());
  }

  /** Whether the existing entry makes room for the new one; a conflict is noted and keeps the old one. */
  #gives(existing: TreeEntry, entry: TreeEntry, layer: Layer): boolean {
    if (existing.kind === 'directory' && entry.kind === 'directory') {
      return layer.ownsDirectory?.(entry.path) ?? false;
    }
    if (existing.kind === 'directory' || entry.kind === 'directory') {
      this.#conflicts.set(
        `/${entry.path} is a ${nounOf(existing)} in ${existing.origin} and a ${nounOf(entry)} in ${entry.origin}`,
        layer.advice,
      );
      return false;
    }
    if (layer.mayReplace(existing)) return true;
    const isReplacement = this.#layerOf.get(existing)?.mayReplace(entry) ?? false;
    if (!isReplacement) {
      this.#conflicts.set(
        `/${entry.path} is in both ${existing.origin} and ${entry.origin}`,
        layer.advice,
      );
    }
    return false;
  }

  #makeParent(entry: TreeEntry, epoch: number): void {
    const path = parentOf(entry.path);
    if (path === '') return;
    const parent = this.#entries.get(path);
    if (parent?.kind === 'directory') return;
    if (parent !== undefined) {
      const layer = this.#layerOf.get(entry) ?? this.#layerOf.get(parent);
      this.#conflicts.set(
        `/${entry.path} of ${entry.origin} would be laid through the ${nounOf(parent)} /${path} of ${parent.origin}`,
        layer?.advice ?? '',
      );
      return;
    }
    const made: TreeEntry = {
      kind: 'directory',
      path,
      mode: 0o755,
      uid: 0,
      gid: 0,
      mtime: epoch,
      origin: entry.origin,
    };
    this.#entries.set(path, made);
    this.#makeParent(made, epoch);
  }
}

/** Top-level symlinks to a directory of the same tree: name → where it leads. */
function topLevelAliases(entries: readonly TreeEntry[]): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const entry of entries) {
    if (entry.kind !== 'symlink' || entry.path.includes('/')) continue;
    const target = entry.target.replace(/^\//, '');
    // Only into /usr: anything else is a link like others, and nothing is laid through it.
    if (/^usr\/[^./][^/]*$/.test(target)) aliases.set(entry.path, target);
  }
  return aliases;
}

function canonical(entry: TreeEntry, aliases: ReadonlyMap<string, string>): TreeEntry {
  const path = canonicalPath(entry.path, aliases, entry.kind === 'directory');
  if (entry.kind !== 'hardlink') return path === entry.path ? entry : { ...entry, path };
  return { ...entry, path, target: canonicalPath(entry.target, aliases, false) };
}

function canonicalPath(
  path: string,
  aliases: ReadonlyMap<string, string>,
  isDirectory: boolean,
): string {
  const slash = path.indexOf('/');
  const top = slash < 0 ? path : path.slice(0, slash);
  const target = aliases.get(top);
  if (target === undefined || (slash < 0 && !isDirectory)) return path;
  return slash < 0 ? target : target + path.slice(slash);
}

function nounOf(entry: TreeEntry): string {
  return entry.kind === 'hardlink' ? 'hard link' : entry.kind;
}

function conflictError(conflicts: ReadonlyMap<string, string>): KilnError {
  const lines = [...conflicts.keys()].sort(compareBytes);
  const [first = ''] = lines;
  const message =
    lines.length === 1
      ? first
      : `${lines.length} paths do not fit together:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return new KilnError('definition', message, {
    hint: [...new Set(conflicts.values())].join('\n'),
  });
}
