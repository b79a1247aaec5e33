import { join, resolve } from 'node:path';
import { type Sha256, sha256 } from '../../report/sha256.ts';

/** Where everything is below the root of a store; nothing else knows these names. */
export class Layout {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  /** Verified files by digest. */
  get files(): string {
    return join(this.root, 'sha256');
  }

  /** Directories that were computed once, by kind and digest of their key. */
  get derived(): string {
    return join(this.root, 'derived');
  }

  /** The first bytes of files whose download broke, by digest of the whole file. */
  get partial(): string {
    return join(this.root, 'partial');
  }

  /** Work in progress; each name starts with its owner's. */
  get temporary(): string {
    return join(this.root, 'tmp');
  }

  /** One file per running command that has the store open; its mtime says since when. */
  get openBy(): string {
    return join(this.root, 'open');
  }

  get locks(): string {
    return join(this.root, 'locks');
  }

  /** Notes on verified files: their stamp; mtime is the last use. */
  get stamps(): string {
    return join(this.root, 'stamps');
  }

  /** Digests of files outside of the store, with their stamps. */
  get digests(): string {
    return join(this.root, 'digests');
  }

  /** All of the above. */
  get directories(): readonly string[] {
    const { files, derived, partial, temporary, openBy, locks, stamps, digests } = this;
    return [files, derived, partial, temporary, openBy, locks, stamps, digests];
  }

  /** Held by a running garbage collection. */
  get gcLock(): string {
    return join(this.locks, 'gc');
  }

  fileOf(digest: Sha256): string {
    return join(this.files, digest.slice(0, 2), digest);
  }

  stampOf(digest: Sha256): string {
    return join(this.stamps, digest.slice(0, 2), digest);
  }

  partialOf(digest: Sha256): string {
    return join(this.partial, digest);
  }

  lockOf(digest: Sha256): string {
    return join(this.locks, digest);
  }

  derivedOf(kind: string, key: string): string {
    return join(this.derived, kind, sha256(key));
  }

  digestNoteOf(path: string): string {
    return join(this.digests, sha256(resolve(path)));
  }
}
