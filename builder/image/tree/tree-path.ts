import { followPath } from './follow.ts';
import type { Tree, TreeEntry } from './tree.ts';

/** The directory part of a path; empty for a top-level name. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The last component of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What the kernel would find at `path` with the tree as `/`: follows symlinks in every component. */
export function resolveInTree(tree: Tree, path: string): TreeEntry | undefined {
  return followPath(tree, path).end;
}

/** A tree never changes, and several stages look through its directories. */
const directoriesOf = new WeakMap<Tree, ReadonlyMap<string, readonly string[]>>();

/** Names of the entries directly in a directory, in byte order; empty when it does not exist. */
export function namesInDirectory(tree: Tree, directory: string): readonly string[] {
  const known = directoriesOf.get(tree);
  if (known !== undefined) return known.get(directory) ?? [];
  const directories = new Map<string, string[]>();
  for (const path of tree.keys()) {
    const parent = parentOf(path);
    const names = directories.get(parent);
    if (names === undefined) directories.set(parent, [nameOf(path)]);
    else names.push(nameOf(path));
  }
  directoriesOf.set(tree, directories);
  return directories.get(directory) ?? [];
}

/** The entry at `path` itself, even if it is a symlink; only the directories on the way are followed. */
export function locateInTree(tree: Tree, path: string): TreeEntry | undefined {
  const parent = parentOf(path);
  if (parent === '') return tree.get(path);
  const directory = resolveInTree(tree, parent);
  return directory === undefined ? undefined : tree.get(`${directory.path}/${nameOf(path)}`);
}
