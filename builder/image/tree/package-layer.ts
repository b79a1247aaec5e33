import { KilnError } from '../../report/errors.ts';
import { isWithin, parseDependencies } from '../lock/dependency.ts';
import type { ArchiveEntry, UnpackedPackage } from '../store/unpacked.ts';
import type { Layer } from './merge.ts';
import type { Content, TreeEntry } from './tree.ts';

/**
 * A package's files as a layer. A hard link becomes a second file with the same content, so that it
 * survives when the other name is replaced or excluded; squashfs stores equal files once.
 * Throws KilnError `verification` for a path or link that no honest package has.
 */
export function packageLayer(unpacked: UnpackedPackage): Layer {
  const origin = `${unpacked.name} ${unpacked.version}`;
  const files = new Map(unpacked.entries.map((entry) => [entry.path, entry]));
  const replaced = parseDependencies(unpacked.control.Replaces ?? '').flat();
  return {
    name: origin,
    entries: unpacked.entries.map((entry) =>
      treeEntry(entry, files, origin, unpacked.contentsPath),
    ),
    advice:
      'A package may take over a file only when its `Replaces` names the other one: leave one of the two packages out.',
    mayReplace: (other) => {
      const [name, version = ''] = other.origin.split(' ');
      return replaced.some((atom) => atom.name === name && isWithin(version, atom.bound));
    },
  };
}

function treeEntry(
  entry: ArchiveEntry,
  files: ReadonlyMap<string, ArchiveEntry>,
  origin: string,
  contentsPath: string,
): TreeEntry {
  const { path, mode, uid, gid, mtime } = entry;
  if (!isSafePath(path)) throw refused(origin, `has the path ${JSON.stringify(path)}`);
  const common = { path, mode, uid, gid, mtime, origin };
  switch (entry.kind) {
    case 'directory':
      return { ...common, kind: 'directory' };
    case 'symlink':
      if (!isSafeTarget(entry.target))
        throw refused(origin, `has a symlink without a target: ${path}`);
      return { ...common, kind: 'symlink', target: entry.target };
    case 'file':
      return { ...common, kind: 'file', content: contentOf(entry, contentsPath, origin) };
    case 'hardlink': {
      const target = files.get(entry.target ?? '');
      if (target?.kind !== 'file') {
        throw refused(
          origin,
          `has a hard link to what is no file of it: ${path} to ${entry.target}`,
        );
      }
      return { ...common, kind: 'file', content: contentOf(target, contentsPath, origin) };
    }
  }
}

function contentOf(entry: ArchiveEntry, file: string, origin: string): Content {
  const { offset, sizeBytes, sha256 } = entry;
  if (offset === undefined || sizeBytes === undefined || sha256 === undefined) {
    throw refused(origin, `has a file without content: ${entry.path}`);
  }
  return { kind: 'range', file, offset, sizeBytes, sha256 };
}

/** Relative, without `.`, `..` and empty components, and no byte that could end a name early. */
function isSafePath(path: string): boolean {
  if (path.includes('\0') || path.includes('\n')) return false;
  return path.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
}

function isSafeTarget(target: string | undefined): target is string {
  return target !== undefined && target !== '' && !target.includes('\0');
}

function refused(origin: string, what: string): KilnError {
  return new KilnError('verification', `the package ${origin} ${what}`, {
    hint: 'Nothing of this package can be trusted: check where it comes from.',
  });
}
