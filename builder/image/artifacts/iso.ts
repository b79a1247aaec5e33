import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sha256, sha256, sha256OfFile } from '../../report/sha256.ts';
import { makeFat } from '../../tools/fat.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import { type IsoFile, makeIso } from '../../tools/xorriso.ts';
import { ARCHES } from '../arch.ts';
import { type Boot, type BootInput, writeUki } from '../boot/build.ts';
import { mediumCmdline } from '../boot/cmdline.ts';
import type { Rootfs } from '../rootfs/build.ts';
import { type Artifact, artifactName, type ImageName } from './build.ts';
import { CHECKSUMS, checksumList } from './checksums.ts';
import { derivedUuid } from './guid.ts';
import { mediumReadme } from './iso-readme.ts';

export interface IsoInput extends Omit<BootInput, 'output' | 'rootHash'> {
  readonly image: ImageName;
  readonly epoch: number;
  /** Tells this image from others. */
  readonly seed: string;
  readonly rootfs: Rootfs;
  /** What the disk that is installed starts with. */
  readonly boot: Pick<Boot, 'uki' | 'ukiSha256' | 'loader'>;
  /** Text of loader.conf(5). */
  readonly loaderConf: string;
  /** Where the ISO goes. */
  readonly directory: string;
  readonly scratch: string;
  readonly toolbox: Toolbox;
  readonly signal?: AbortSignal | undefined;
}

const MEBIBYTE = 1024 * 1024;

/** FAT with entries of 16 bits needs some thousand clusters; a volume of this size has them. */
const LEAST_EFI_BYTES = 16 * MEBIBYTE;

/**
 * Makes the installer as an ISO: UEFI starts a unified kernel image from the EFI image, and that finds root, hash tree
 * and what the disk is to start with in the ISO's own file system, by the volume's label.
 */
export async function buildIso(input: IsoInput): Promise<Artifact> {
  const { image, rootfs, seed, epoch, toolbox, signal } = input;
  const directory = join(input.scratch, 'iso');
  await mkdir(directory);
  const label = volumeLabel(rootfs.rootHash);
  const { files, listSha256 } = await mediumFiles(input, label, directory);
  const cmdline = mediumCmdline(
    {
      ...{ arch: input.arch, board: input.board, extra: input.cmdline },
      rootHash: rootfs.rootHash,
    },
    { label, listSha256 },
  );
  const uki = join(directory, 'installer.efi');
  const { sizeBytes: ukiBytes } = await writeUki({ ...input, output: uki }, cmdline);
  const efiImage = { path: 'efi.img', source: join(directory, 'efi.img') };
  await makeFat(
    toolbox,
    {
      ...{ image: efiImage.source, sizeBytes: efiImageBytes(ukiBytes), fatBits: 16, epoch },
      ...{
        label: 'INSTALL',
        volumeId: Number.parseInt(sha256(`iso efi\0${seed}`).slice(0, 8), 16),
      },
      files: [{ path: `EFI/BOOT/BOOT${ARCHES[input.arch].efi.toUpperCase()}.EFI`, source: uki }],
    },
    signal,
  );
  const file = artifactName(image, 'iso');
  const output = join(input.directory, file);
  const diskUuid = derivedUuid(seed, 'iso');
  await makeIso(toolbox, { output, volumeId: label, epoch, diskUuid, efiImage, files }, signal);
  return { file, sizeBytes: (await stat(output)).size, sha256: await sha256OfFile(output) };
}

/** The volume's label says which root is on it. */
function volumeLabel(rootHash: Sha256): string {
  return `KILN_${rootHash.slice(0, 8).toUpperCase()}`;
}

/** The files of the ISO's own file system, with the digest of their list, which the command line names. */
async function mediumFiles(
  { image, rootfs, boot, loaderConf }: IsoInput,
  label: string,
  directory: string,
): Promise<{ readonly files: readonly IsoFile[]; readonly listSha256: Sha256 }> {
  const write = async (path: string, bytes: Buffer) => {
    const source = join(directory, path);
    await writeFile(source, bytes, { flag: 'wx' });
    return { path, source, sha256: sha256(bytes) };
  };
  const files = [
    { path: 'root.squashfs', source: rootfs.image, sha256: rootfs.imageSha256 },
    {
      path: 'root.verity',
      source: rootfs.hashTree,
      sha256: await sha256OfFile(rootfs.hashTree),
    },
    { path: 'system.efi', source: boot.uki, sha256: boot.ukiSha256 },
    await write('loader.efi', boot.loader),
    await write('loader.conf', Buffer.from(loaderConf)),
    await write('README.txt', Buffer.from(mediumReadme(image, label))),
  ];
  const listed = files.map(({ path, sha256: digest }) => ({ file: path, sha256: digest }));
  const list = await write(CHECKSUMS, Buffer.from(checksumList(listed)));
  return { files: [...files, list], listSha256: list.sha256 };
}

/** Room for the program, both tables and the directories. */
function efiImageBytes(ukiBytes: number): number {
  const wanted = Math.ceil(ukiBytes / MEBIBYTE + 1) * MEBIBYTE;
  return Math.max(LEAST_EFI_BYTES, wanted);
}
