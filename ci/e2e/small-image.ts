import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The smallest image that Kiln builds from Debian's packages: of the same versions as Kiln's own. It would not boot. */
const IMAGE = `name: small
version: 1.0.0
arch: x86_64
suites:
  trixie: {}
  trixie-updates: {}
  trixie-security: { archive: debian-security }
packages: [base-files, base-passwd, dash, systemd-boot-efi]
omit:
  adduser: accounts are made at build time
  dpkg: no package is installed on the box
  init-system-helpers: no maintainer script runs
  initramfs-tools: Kiln composes the initrd itself
  linux-base: no kernel is installed on the box
  perl-base: no maintainer script runs
kernel: { flavour: amd64, modules: [squashfs] }
initrd: { modules: [squashfs], files: [usr/lib/systemd/systemd] }
overlays: [./root]
alternatives:
  awk: { link: /usr/bin/awk, target: /usr/bin/mawk }
  which: { link: /usr/bin/which, target: /usr/bin/which.debianutils }
k0s: { stand-in: true }
artifacts: [disk, disk.zst, bmap]
`;

/** What maintainer scripts of its packages would make, and something for the initrd. */
const FILES = [
  ...['etc/shells', 'etc/profile', 'mnt/.keep', 'srv/.keep', 'opt/.keep'],
  'usr/lib/systemd/systemd',
];

/** Writes the image file and its overlay into a directory, and returns the file's path. */
export async function writeSmallImage(directory: string): Promise<string> {
  for (const file of FILES) {
    const path = join(directory, 'root', file);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, '');
  }
  const image = join(directory, 'small.yaml');
  await writeFile(image, IMAGE);
  return image;
}
