import type { Sha256 } from '../../report/sha256.ts';
import type { Arch } from '../arch.ts';

/** A signed package index that the lock was resolved from. */
export interface LockedIndex {
  /** Archive below the mirror: `debian` or `debian-security`. */
  readonly archive: string;
  readonly suite: string;
  /** `Date` of the verified InRelease, seconds since 1970. */
  readonly date: number;
  /** SHA-256 of the InRelease file as it was verified. */
  readonly sha256: Sha256;
}

/** One package file, exactly. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Debian architecture: `amd64`, `arm64` or `all`. */
  readonly architecture: string;
  readonly archive: string;
  readonly suite: string;
  /** Path below the archive, `pool/main/…`; never a host. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  /** Maintainer scripts by name (`preinst`, `postinst`, …) with their digest. */
  readonly scripts: Readonly<Record<string, Sha256>>;
  /** Why it is in: `images/base.yaml` for a wish, else the package and relation that pulled it in. */
  readonly because: readonly string[];
}

/** Which exact packages an image is made of: resolved once, built from many times. */
export interface Lockfile {
  readonly version: 1;
  readonly arch: Arch;
  /** What was resolved: stale when this no longer matches the definition. */
  readonly definition: { readonly file: string; readonly sha256: Sha256 };
  /** The image's build epoch in seconds: the newest `Date` of the indexes. */
  readonly epoch: number;
  readonly indexes: readonly LockedIndex[];
  /** Sorted by name. */
  readonly packages: readonly LockedPackage[];
}
