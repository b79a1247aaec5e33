import type { Sha256 } from '../../report/sha256.ts';

/** What kind of file an archive member is. Devices and sockets in packages are refused. */
export type ArchiveEntryKind = 'file' | 'directory' | 'symlink' | 'hardlink';

/** One member of a package's data archive, with its bytes left where they are. */
export interface ArchiveEntry {
  /** Relative to the root, no leading `./` or `/`, no `..`; never empty. */
  readonly path: string;
  readonly kind: ArchiveEntryKind;
  /** Permission bits, 0o7777 at most. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Target of a symlink (as written) or a hardlink (a path like `path`). */
  readonly target?: string;
  /** For a file: where its bytes are in the package's contents file. */
  readonly offset?: number;
  readonly sizeBytes?: number;
  readonly sha256?: Sha256;
}

/**
 * A package after decompression: kept in the store, keyed by the package's sha256, so that a rebuild
 * only reads the byte ranges that it needs.
 */
export interface UnpackedPackage {
  readonly name: string;
  readonly version: string;
  /** The `control` paragraph, as field → value. */
  readonly control: Readonly<Record<string, string>>;
  /** Maintainer scripts, `conffiles`, `triggers`: name → text. */
  readonly controlFiles: Readonly<Record<string, string>>;
  readonly entries: readonly ArchiveEntry[];
  /** File that holds the bytes of all regular files, one after the other. */
  readonly contentsPath: string;
}
