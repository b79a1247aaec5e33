import type { UnpackedPackage } from '../store/unpacked.ts';
import type { Content, Tree } from './tree.ts';
import { resolveInTree } from './tree-path.ts';

/** A package's copyright file (Debian Policy, 12.5), for the release: the image itself has none. */
export interface Copyright {
  readonly name: string;
  readonly version: string;
  /** Undefined when the package has none, which Debian's policy does not allow. */
  readonly content: Content | undefined;
}

/** The copyright file of each package, by name; one that is a link to another package's is followed. */
export function collectCopyright(
  packages: readonly UnpackedPackage[],
  tree: Tree,
): readonly Copyright[] {
  return packages.map(({ name, version }) => {
    const entry = resolveInTree(tree, `usr/share/doc/${name}/copyright`);
    return { name, version, content: entry?.kind === 'file' ? entry.content : undefined };
  });
}
