import { run } from './run.ts';
import type { Toolbox } from './toolbox.ts';

/** What a bootable ISO is made of. */
export interface IsoOptions {
  /** The file that is made; must not exist. */
  readonly output: string;
  /** Upper-case letters, digits and "_", 32 at most (ECMA-119, section 8.4.8). */
  readonly volumeId: string;
  /** Time of everything in it, seconds since 1970. */
  readonly epoch: number;
  /** Of its GPT; the partitions' UUIDs follow from it. */
  readonly diskUuid: string;
  /** FAT file system with what UEFI starts. */
  readonly efiImage: IsoFile;
  /** All others. */
  readonly files: readonly IsoFile[];
}

export interface IsoFile {
  /** Where it goes, relative to the root. */
  readonly path: string;
  /** The file on this machine that has the bytes. */
  readonly source: string;
}

/**
 * Makes an ISO that UEFI boots from a CD drive, by El Torito, and from a stick, by its GPT: both lead to the same EFI
 * image. That is a file in the ISO: what is behind the end of its volume cannot be found by firmware when it is larger
 * than the 32 MiB that a boot catalog can count (for which it says 0, "to the end of the volume"; UEFI Specification,
 * section 13.3.2.1). The same options and files give the same bytes.
 */
export async function makeIso(
  toolbox: Toolbox,
  options: IsoOptions,
  signal?: AbortSignal,
): Promise<void> {
  // With it xorriso takes this time wherever it would take the present one (xorrisofs(1), "Environment").
  const env = { ...toolbox.env, SOURCE_DATE_EPOCH: `${options.epoch}` };
  const argv = [...toolbox.command('xorriso'), ...makeIsoArgs(options)];
  await run(argv, { env, ...(signal && { signal }) });
}

/** xorriso's arguments (xorrisofs(1)); startup files of the user are not read. */
export function makeIsoArgs(options: IsoOptions): readonly string[] {
  const { output, volumeId, epoch, diskUuid, efiImage, files } = options;
  const sorted = [efiImage, ...files].sort((one, other) => (one.path < other.path ? -1 : 1));
  return [
    ...['-no_rc', '-as', 'mkisofs', '-quiet'],
    // Files of more than 4 GiB; owner root, read-only, whoever has the files on this machine.
    ...['-iso-level', '3', '-r', '-no-pad'],
    ...['-V', volumeId, '--set_all_file_dates', `=${epoch}`],
    ...['--gpt_disk_guid', diskUuid, '--protective-msdos-label'],
    ...['-e', efiImage.path, '-no-emul-boot', '-efi-boot-part', '--efi-boot-image'],
    ...['-o', output, '-graft-points'],
    ...sorted.map(({ path, source }) => `${escaped(path)}=${escaped(source)}`),
  ];
}

/** The first "=" that is not escaped divides a graft point (xorrisofs(1), "-graft-points"). */
function escaped(path: string): string {
  return path.replaceAll('\\', '\\\\').replaceAll('=', '\\=');
}
