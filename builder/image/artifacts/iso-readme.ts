import type { ImageName } from './build.ts';

/** What somebody reads who looks into an installer ISO: what it is, what it needs, what it does. */
export function mediumReadme({ name, version, arch }: ImageName, label: string): string {
  return `${name} ${version} for ${arch}: the installer

A machine with UEFI that starts from this medium (a CD drive, a BMC's virtual
medium, or a stick that the ISO was written to from its first byte) runs the
system from here, in memory, and installs it onto one of its disks.

It installs only when a seed says so. A seed is a second medium labelled
"cidata" (kiln site makes one for each node) whose meta-data says onto which
disk:

  install:
    disk: smallest   # largest, only, /dev/disk/by-id/..., or a map of
                     # path, serial, model, size and bus
    wipe: false      # true: a disk with something on it may be overwritten
    var: keep        # wipe: what an installed Kiln has kept goes as well
    then: reboot     # or poweroff

Without that key, and as long as not exactly one disk fits, nothing is written:
the console shows the disks that are there, and the installer waits.

This medium is the volume labelled ${label}. Its files:

  efi.img                      what firmware starts: the installer
  root.squashfs, root.verity   the system, and what verifies it while it runs
  system.efi                   what the installed disk starts: kernel and initrd
  loader.efi, loader.conf      its boot loader, systemd-boot
  SHA256SUMS                   for "sha256sum --check SHA256SUMS"
`;
}
