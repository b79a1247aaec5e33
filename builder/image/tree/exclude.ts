import type { Tree } from './tree.ts';
import { parentOf } from './tree-path.ts';

/**
 * Compiles globs to a test of paths. `*` and `?` stay within one name, `**` is any number of names, `[a-z]`
 * is one character. A pattern that matches a directory stands for all that is below it. `!pattern` takes back
 * what an earlier pattern matched: the last one that matches counts. A leading slash means nothing.
 */
export function globMatcher(patterns: readonly string[]): (path: string) => boolean {
  const groups = groupBySign(patterns).reverse();
  return (path) => groups.find(({ regexp }) => regexp.test(path))?.isMatch ?? false;
}

/** The tree without the paths that the globs match; a directory stays while something below it does. */
export function excludePaths(tree: Tree, patterns: readonly string[]): Tree {
  const isExcluded = globMatcher(patterns);
  const kept = new Set<string>();
  for (const path of tree.keys()) {
    if (isExcluded(path)) continue;
    for (let each = path; each !== '' && !kept.has(each); each = parentOf(each)) kept.add(each);
  }
  return new Map([...tree].filter(([path]) => kept.has(path)));
}

interface Group {
  readonly isMatch: boolean;
  readonly regexp: RegExp;
}

/** One regular expression for each run of patterns of the same sign: 20,000 paths take some milliseconds. */
function groupBySign(patterns: readonly string[]): Group[] {
  const runs: { readonly isMatch: boolean; readonly sources: string[] }[] = [];
  for (const pattern of patterns) {
    const isMatch = !pattern.startsWith('!');
    const source = globSource(pattern.replace(/^!?\/?/, ''));
    const last = runs.at(-1);
    if (last?.isMatch === isMatch) last.sources.push(source);
    else runs.push({ isMatch, sources: [source] });
  }
  return runs.map(({ isMatch, sources }) => ({
    isMatch,
    regexp: new RegExp(`^(?:${sources.join('|')})(?:/|$)`, 's'),
  }));
}

const TOKEN = /\*\*\/|\/\*\*$|\*\*|\*|\?|\[!?[^\]/]+\]|./gs;

function globSource(glob: string): string {
  return glob.replace(/\/+$/, '').replace(TOKEN, (token) => {
    switch (token) {
      case '**/':
        return '(?:[^/]+/)*';
      case '/**':
        return '/.+';
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
      default:
        return token.length > 1
          ? token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\')
          : token.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
    }
  });
}
