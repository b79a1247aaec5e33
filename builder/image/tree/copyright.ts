import type { UnpackedPackage } from '../store/unpacked.ts';
import { packageLayer } from './package-layer.ts';
import type { Content, TreeEntry } from './tree.ts';
import { resolveInTree } from './tree-path.ts';

/** A package's copyright file (Debian Policy, 12.5), for the release: the image itself has none. */
export interface Copyright {
  readonly name: string;
  readonly version: string;
  /** Undefined when the package has none, which Debian's policy does not allow. */
  readonly content: Content | undefined;
}

const DOCUMENTATION = /^usr(?:\/share(?:\/doc(?:\/.*)?)?)?$/;

/** The copyright file of each package; one that is a link to another package's is followed. */
export function collectCopyright(packages: readonly UnpackedPackage[]): readonly Copyright[] {
  const entries = packages.flatMap((unpacked): readonly TreeEntry[] => {
    const documented = unpacked.entries.filter(({ path }) => DOCUMENTATION.test(path));
    return packageLayer({ ...unpacked, entries: documented }).entries;
  });
  const tree = new Map(entries.map((entry) => [entry.path, entry]));
  return packages.map(({ name, version }) => {
    const entry = resolveInTree(tree, `usr/share/doc/${name}/copyright`);
    return { name, version, content: entry?.kind === 'file' ? entry.content : undefined };
  });
}
