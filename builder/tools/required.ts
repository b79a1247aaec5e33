/** A program that Kiln calls. */
export interface RequiredTool {
  readonly program: string;
  /** The Debian package that has it: its version in the lock is the program's. */
  readonly package: string;
  readonly purpose: string;
}

/** Every program that Kiln calls, in the order of a build; those of tests alone are not here. */
export const REQUIRED_TOOLS: readonly RequiredTool[] = [
  { program: 'xz', package: 'xz-utils', purpose: 'unpacks packages' },
  { program: 'zstd', package: 'zstd', purpose: 'compresses initrds and disk images' },
  { program: 'depmod', package: 'kmod', purpose: 'indexes kernel modules' },
  { program: 'python3.13', package: 'python3.13-minimal', purpose: 'byte-compiles Python' },
  { program: 'sqfstar', package: 'squashfs-tools', purpose: 'makes root file systems' },
  { program: 'veritysetup', package: 'cryptsetup-bin', purpose: 'makes hash trees' },
  { program: 'mkfs.fat', package: 'dosfstools', purpose: 'makes EFI system partitions' },
  { program: 'mcopy', package: 'mtools', purpose: 'fills EFI system partitions' },
  { program: 'xorriso', package: 'xorriso', purpose: 'makes installer ISOs' },
  { program: 'sbsign', package: 'sbsigntool', purpose: 'signs for Secure Boot' },
  {
    program: 'dnsmasq',
    package: 'dnsmasq-base',
    purpose: 'answers machines that boot over the network',
  },
  { program: 'qemu-system-x86_64', package: 'qemu-system-x86', purpose: 'runs x86_64 images' },
  { program: 'qemu-system-aarch64', package: 'qemu-system-arm', purpose: 'runs arm64 images' },
  { program: 'qemu-img', package: 'qemu-utils', purpose: 'makes disks for virtual machines' },
];

/** Data files that Kiln needs of packages without a program of theirs. */
export const REQUIRED_FILES: readonly (Omit<RequiredTool, 'program'> & {
  readonly file: string;
})[] = [
  {
    file: 'usr/share/OVMF/OVMF_CODE_4M.fd',
    package: 'ovmf',
    purpose: 'firmware of x86_64 machines',
  },
  {
    file: 'usr/share/AAVMF/AAVMF_CODE.no-secboot.fd',
    package: 'qemu-efi-aarch64',
    purpose: 'firmware of arm64 machines',
  },
  {
    file: 'usr/lib/ipxe/ipxe.efi',
    package: 'ipxe',
    purpose: 'boot loader of network boots',
  },
];
