import type { Sha256 } from '../../report/sha256.ts';

/** Where the bytes of a file are: made by Kiln in memory, or a range of a file in the store. */
export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | {
      readonly kind: 'range';
      readonly file: string;
      readonly offset: number;
      readonly sizeBytes: number;
      readonly sha256: Sha256;
    };

interface Common {
  /** Relative to the root, no leading slash; never empty. The root directory itself is implied. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970; the tar writer raises nothing and lowers everything above the epoch to it. */
  readonly mtime: number;
  /** Who put it there, for messages: `systemd 257.9-1`, `overlays/base`, `kiln`. */
  readonly origin: string;
}

export type TreeEntry =
  | (Common & { readonly kind: 'file'; readonly content: Content })
  | (Common & { readonly kind: 'directory' })
  | (Common & { readonly kind: 'symlink'; readonly target: string })
  /** `target` is the path of a file entry of the same tree. */
  | (Common & { readonly kind: 'hardlink'; readonly target: string });

/** A regular file of a tree. */
export type FileEntry = Extract<TreeEntry, { kind: 'file' }>;

/** A file system in memory: entries by path, in byte order of the paths, every parent present. */
export type Tree = ReadonlyMap<string, TreeEntry>;
