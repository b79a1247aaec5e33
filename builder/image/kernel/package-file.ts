import type { ArchiveEntry, UnpackedPackage } from '../store/unpacked.ts';
import type { Content, TreeEntry } from '../tree/tree.ts';

/** One member of a package. */
export interface PackageFile {
  readonly entry: ArchiveEntry;
  readonly unpacked: UnpackedPackage;
}

/** Who put a file into the tree, as messages name it. */
export function originOf({ unpacked }: PackageFile): string {
  return `${unpacked.name} ${unpacked.version}`;
}

/** Where the bytes of a regular file of a package are. */
export function contentOfFile({ entry, unpacked }: PackageFile): Content {
  const { offset, sizeBytes, sha256 } = entry;
  if (offset === undefined || sizeBytes === undefined || sha256 === undefined) {
    throw new Error(`${entry.path} of ${unpacked.name} is not a regular file`);
  }
  return { kind: 'range', file: unpacked.contentsPath, offset, sizeBytes, sha256 };
}

/** A regular file of a package at its own path in the tree, owned by root. */
export function treeFile(file: PackageFile, path: string): TreeEntry {
  const { mtime } = file.entry;
  const common = { path, mode: 0o644, uid: 0, gid: 0, mtime, origin: originOf(file) };
  return { ...common, kind: 'file', content: contentOfFile(file) };
}
