import type { Tree, TreeEntry } from './tree.ts';

/** As Linux: more symlinks than this on the way to a file are a loop. */
const MAX_SYMLINKS = 40;

/** Where a path leads. */
export interface Followed {
  /** Everything that a copy of the tree needs for the path to work: directories, symlinks, the file. */
  readonly entries: readonly TreeEntry[];
  /** What is at the end; undefined when a symlink leads nowhere. */
  readonly end: TreeEntry | undefined;
}

/** Walks a path through the tree as the kernel would, and keeps what it comes across. */
export function followPath(tree: Tree, path: string): Followed {
  const entries: TreeEntry[] = [];
  let rest = path.split('/');
  let resolved: string[] = [];
  let end: TreeEntry | undefined;
  for (let links = 0; rest.length > 0; ) {
    const [name = '', ...after] = rest;
    rest = after;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      resolved.pop();
      continue;
    }
    resolved.push(name);
    end = tree.get(resolved.join('/'));
    if (end === undefined) return { entries, end };
    entries.push(end);
    if (end.kind !== 'symlink') continue;
    if (++links > MAX_SYMLINKS) return { entries, end: undefined };
    resolved = end.target.startsWith('/') ? [] : resolved.slice(0, -1);
    rest = [...end.target.split('/'), ...rest];
  }
  return { entries, end: tree.get(resolved.join('/')) };
}
