import type { Sha256 } from '../../report/sha256.ts';
import type { Arch } from '../arch.ts';
import { type Board, RASPBERRY_PIS } from '../board/board.ts';

/** What decides the kernel's command line. */
export interface CmdlineInput {
  readonly arch: Arch;
  readonly board: Board;
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

function consolesOf({ arch, board }: CmdlineInput): readonly string[] {
  return board === 'uefi' ? CONSOLES[arch] : RASPBERRY_PIS[board].consoles;
}

/** A box that nobody watches must start again by itself: then boot counting can go back. */
const RECOVERY = ['panic=10', 'systemd.crash_action=reboot'] as const;

/**
 * The command line of the UKI: which root, how it is verified (systemd-veritysetup-generator(8)), where the
 * kernel speaks, what happens after a crash. The root and hash partitions are found by the root hash: their
 * UUIDs are its halves.
 */
export function kernelCmdline(input: CmdlineInput): string {
  return wordsOf(input, []).join(' ');
}

/** Where the initrd of another start than from the disk attaches the root and its hash tree. */
const LOOP_DEVICES = [
  'systemd.verity_root_data=/dev/loop0',
  'systemd.verity_root_hash=/dev/loop1',
] as const;

/** A root that comes over the network: what its files are called and contain. */
export interface NetRoot {
  /** The files' common name; they end in `.squashfs` and `.verity`. */
  readonly name: string;
  readonly imageSha256: Sha256;
  readonly hashTreeSha256: Sha256;
}

/**
 * The command line of a network boot. The digests are not what makes the root safe, that is the root hash; they tell
 * a broken download before anything runs from it.
 */
export function netCmdline(input: CmdlineInput, root: NetRoot, install?: NetInstall): string {
  return wordsOf(input, [
    ...LOOP_DEVICES,
    `kiln.root=${root.name}`,
    `kiln.root-sha256=${root.imageSha256},${root.hashTreeSha256}`,
    ...(install === undefined ? [] : netInstallWords(install)),
  ]).join(' ');
}

/** What a start over the network that installs gets besides the root, and what it has to be. */
export interface NetInstall {
  /** The files' common name; they end in `.efi`, `.loader.efi` and `.loader.conf`. */
  readonly name: string;
  readonly systemSha256: Sha256;
  readonly loaderSha256: Sha256;
  readonly loaderConfSha256: Sha256;
}

/** The words that make a network boot one that installs. Here the digests decide: no root hash is over these files. */
function netInstallWords(files: NetInstall): readonly string[] {
  const digests = [files.systemSha256, files.loaderSha256, files.loaderConfSha256];
  return ['kiln.install', `kiln.system=${files.name}`, `kiln.system-sha256=${digests.join(',')}`];
}

/** The medium of an installer: how its volume is labelled, and what is on it. */
export interface Medium {
  readonly label: string;
  /** Of its list of checksums. */
  readonly listSha256: Sha256;
}

/**
 * The command line of an installer that starts from a medium. Who signs it signs everything on the medium: the root
 * by its hash, the rest by the digest of the list.
 */
export function mediumCmdline(input: CmdlineInput, medium: Medium): string {
  return wordsOf(input, [
    ...LOOP_DEVICES,
    `kiln.medium=${medium.label}`,
    `kiln.medium-sha256=${medium.listSha256}`,
    'kiln.install',
  ]).join(' ');
}

function wordsOf(input: CmdlineInput, where: readonly string[]): readonly string[] {
  return [
    `roothash=${input.rootHash}`,
    'root=/dev/mapper/root',
    'rootfstype=squashfs',
    'ro',
    'systemd.verity_root_options=panic-on-corruption',
    ...where,
    ...consolesOf(input),
    ...RECOVERY,
    ...input.extra,
  ];
}
