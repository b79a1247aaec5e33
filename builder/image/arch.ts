/** Kiln's name of a machine architecture, as `uname -m` users write it. */
export type Arch = 'x86_64' | 'arm64';

/** Everything that differs by architecture and is a plain name. */
export interface ArchNames {
  /** Debian's architecture name. */
  readonly debian: 'amd64' | 'arm64';
  /** Multiarch triplet: where Debian puts libraries. */
  readonly triplet: string;
  /** The dynamic loader, relative to the root. */
  readonly loader: string;
  /** Suffix of EFI programs (UEFI Specification, section 3.5.1.1). */
  readonly efi: 'x64' | 'aa64';
  /** What k0s calls it in the names of its release files. */
  readonly k0s: 'amd64' | 'arm64';
}

export const ARCHES: Readonly<Record<Arch, ArchNames>> = {
  x86_64: {
    debian: 'amd64',
    triplet: 'x86_64-linux-gnu',
    loader: 'usr/lib64/ld-linux-x86-64.so.2',
    efi: 'x64',
    k0s: 'amd64',
  },
  arm64: {
    debian: 'arm64',
    triplet: 'aarch64-linux-gnu',
    loader: 'usr/lib/ld-linux-aarch64.so.1',
    efi: 'aa64',
    k0s: 'arm64',
  },
};
