import { KilnError } from '../../report/errors.ts';
import type { ArchNames } from '../arch.ts';
import { followPath } from '../tree/follow.ts';
import type { Content, Tree, TreeEntry } from '../tree/tree.ts';

/** What a program or library asks the dynamic loader for. */
export interface ElfNeeds {
  /** `DT_NEEDED` names, in order. */
  readonly needed: readonly string[];
  /** `PT_INTERP`: the loader's path. */
  readonly interpreter?: string | undefined;
}

/** Reads a file's needs; undefined for what is no ELF file. */
export type ElfReader = (content: Content) => Promise<ElfNeeds | undefined>;

/**
 * Everything that the given files need to run: libraries, theirs in turn, the loader, and the symlinks that
 * lead to them. Throws KilnError `definition` that names who needs a library that is nowhere.
 */
export async function closeOverLibraries(
  tree: Tree,
  files: readonly TreeEntry[],
  names: ArchNames,
  readElf: ElfReader,
): Promise<readonly TreeEntry[]> {
  const added = new Map<string, TreeEntry>();
  const seen = new Set(files.map(({ path }) => path));
  const queue = [...files];
  for (const entry of queue) {
    const needs = entry.kind === 'file' ? await readElf(entry.content) : undefined;
    for (const path of needs === undefined ? [] : pathsOf(tree, entry, needs, names)) {
      const { entries, end } = followPath(tree, path);
      for (const each of entries) added.set(each.path, each);
      if (end === undefined || seen.has(end.path)) continue;
      seen.add(end.path);
      queue.push(end);
    }
  }
  return [...added.values()];
}

function pathsOf(tree: Tree, entry: TreeEntry, needs: ElfNeeds, names: ArchNames): string[] {
  const libraries = needs.needed.map((name) => libraryPath(tree, entry, name, names));
  return needs.interpreter === undefined ? libraries : [needs.interpreter, ...libraries];
}

/** Debian's places for libraries, in the loader's order; systemd's programs name theirs in DT_RUNPATH. */
function libraryPath(tree: Tree, entry: TreeEntry, name: string, { triplet }: ArchNames): string {
  const directories = [`usr/lib/${triplet}/systemd`, `usr/lib/${triplet}`, 'usr/lib', 'usr/lib64'];
  const found = directories
    .map((directory) => `${directory}/${name}`)
    .find((path) => followPath(tree, path).end?.kind === 'file');
  if (found !== undefined) return found;
  throw new KilnError(
    'definition',
    `the initrd has /${entry.path} (${entry.origin}), which needs ${name}, but no package of the image has that library`,
    {
      hint: `add the package with ${name} to \`packages\`, or take the file out of \`initrd.files\``,
    },
  );
}
