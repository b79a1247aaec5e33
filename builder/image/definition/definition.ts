import type { Sha256 } from '../../report/sha256.ts';
import type { Arch } from '../arch.ts';
import type { Board } from '../board/board.ts';

/** A Debian suite that packages may come from. */
export interface Suite {
  /** Archive below the mirror: `debian` or `debian-security`. */
  readonly archive: string;
  readonly components: readonly string[];
  /** When given, only these packages may come from this suite (an extra suite, as backports); `a*` is all that begin so. */
  readonly only?: readonly string[];
  /**
   * A day, as `2026-10-30`. A Release of this day or a later one is taken even after its Valid-Until: for archives that
   * rest, and for snapshots of them. One from before that day is refused.
   */
  readonly since?: string;
}

/** A system account that the image's author declares. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
  readonly shell: string;
  readonly description?: string;
  readonly groups: readonly string[];
}

/** Where the k0s binary comes from. */
export type K0sSource =
  | {
      readonly kind: 'release';
      readonly version: string;
      readonly sha256: Partial<Record<Arch, Sha256>>;
    }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stand-in' };

/** Where the container images come from that an image brings along for a box without internet. */
export type AirgapSource =
  | {
      readonly kind: 'release';
      readonly version: string;
      readonly sha256: Partial<Record<Arch, Sha256>>;
    }
  | { readonly kind: 'file'; readonly path: string };

/** One name of Debian's alternatives system: `link` leads to `target` through /etc/alternatives. */
export interface Alternative {
  readonly name: string;
  readonly link: string;
  readonly target: string;
}

/** Ways to start an image other than from its disk: each is an artifact, and a key with what its initrd has besides. */
export type OtherStart = 'netboot' | 'iso';

export type ArtifactKind = 'disk' | 'disk.zst' | 'bmap' | OtherStart;

/** What an initrd is made of. */
export interface InitrdParts {
  /** Names of module sets or of single modules. */
  readonly modules: readonly string[];
  /** Globs over the root tree before exclusions; libraries that they need come by themselves. */
  readonly files: readonly string[];
  readonly overlays: readonly string[];
}

/** An image's definition, complete: includes merged, defaults filled in, references checked. */
export interface Definition {
  /** The file that the user named, as given. */
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly arch: Arch;
  readonly board: Board;
  /** Said in os-release and on the console of an image that is not for production. */
  readonly variant: 'production' | 'development';
  readonly suites: Readonly<Record<string, Suite>>;
  readonly packages: readonly string[];
  /** Packages that count as installed but are left out, with the reason why nothing needs them. */
  readonly omit: Readonly<Record<string, string>>;
  readonly kernel: {
    /** Debian's kernel flavour: the image has `linux-image-<flavour>`. */
    readonly flavour: string;
    /** Names of module sets (images/modules.yaml) or of single modules. */
    readonly modules: readonly string[];
    readonly cmdline: readonly string[];
  };
  readonly initrd: InitrdParts;
  /** What the initrd of a network boot has besides; counts only when `artifacts` has `netboot`. */
  readonly netboot: InitrdParts;
  /** What the initrd of the installer ISO has besides; counts only when `artifacts` has `iso`. */
  readonly iso: InitrdParts;
  /** CNIs, or modes of them as `calico/vxlan`, for which the image must have everything (images/cni.yaml). */
  readonly cni: readonly string[];
  /** Globs of paths that the root does not get. */
  readonly exclude: readonly string[];
  readonly alternatives: readonly Alternative[];
  /** Directories, absolute, in the order in which they are laid over the tree. */
  readonly overlays: readonly string[];
  /** What templates in overlays may name. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly users: readonly User[];
  /** Fixed numbers of the accounts that packages ask for by name only (sysusers.d). */
  readonly ids: Readonly<Record<string, number>>;
  readonly units: {
    readonly enable: readonly string[];
    readonly disable: readonly string[];
    readonly mask: readonly string[];
  };
  readonly k0s: K0sSource;
  readonly airgap?: AirgapSource;
  readonly artifacts: readonly ArtifactKind[];
  /** Mirror of the archives, when the definition names one: base addresses in order of preference. */
  readonly mirrors: readonly string[];
}
