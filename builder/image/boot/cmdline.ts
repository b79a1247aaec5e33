import type { Sha256 } from '../../report/sha256.ts';
import type { Arch } from '../arch.ts';

/** What decides the kernel's command line. */
export interface CmdlineInput {
  readonly arch: Arch;
  readonly rootHash: Sha256;
  /** The definition's own words, put last so that they win. */
  readonly extra: readonly string[];
}

/**
 * Consoles; the last one is also /dev/console. On x86_64 that is the screen: the kernel registers ttyS0 even
 * where no such chip is, and every write to /dev/console would then fail. Of each driver only one may be
 * named: the kernel gives the driver the first number it finds, and when that port is not there, no other.
 */
const CONSOLES: Readonly<Record<Arch, readonly string[]>> = {
  x86_64: ['console=ttyS0,115200', 'console=tty0'],
  arm64: ['console=tty0', 'console=ttyAMA0,115200'],
};

/** A box that nobody watches must start again by itself: then boot counting can go back. */
const RECOVERY = ['panic=10', 'systemd.crash_action=reboot'] as const;

/**
 * The command line of the UKI: which root, how it is verified (systemd-veritysetup-generator(8)), where the
 * kernel speaks, what happens after a crash. The root and hash partitions are found by the root hash: their
 * UUIDs are its halves.
 */
export function kernelCmdline(input: CmdlineInput): string {
  return [
    `roothash=${input.rootHash}`,
    'root=/dev/mapper/root',
    'rootfstype=squashfs',
    'ro',
    'systemd.verity_root_options=panic-on-corruption',
    ...CONSOLES[input.arch],
    ...RECOVERY,
    ...input.extra,
  ].join(' ');
}
