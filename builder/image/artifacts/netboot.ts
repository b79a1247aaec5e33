import { chmod, link, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, sha256OfFile } from '../../report/sha256.ts';
import { type BootInput, writeUki } from '../boot/build.ts';
import { netCmdline } from '../boot/cmdline.ts';
import type { Rootfs } from '../rootfs/build.ts';
import { readContent } from '../tree/content.ts';
import { bootScript, type NetbootFiles, SEEDS_BY_MAC } from './boot-script.ts';
import { type Artifact, type ImageName, releaseFileName } from './build.ts';
import { CHECKSUMS, checksumList } from './checksums.ts';

/** The boot script of a release. */
export const BOOT_SCRIPT = 'boot.ipxe';

export interface NetbootInput extends Omit<BootInput, 'output' | 'rootHash'> {
  readonly image: ImageName;
  /** Where the files go. */
  readonly directory: string;
  readonly rootfs: Rootfs;
}

/** What the files of a network boot are called. */
export function netbootFiles(image: ImageName): NetbootFiles {
  const base = releaseFileName(image);
  return {
    uki: `${base}.net.efi`,
    root: `${base}.root.squashfs`,
    hashTree: `${base}.root.verity`,
    ...(image.arch === 'x86_64' && {
      bios: { kernel: `${base}.vmlinuz`, initrd: `${base}.net.initrd` },
    }),
  };
}

/** The command line that a release's network boot is started with is a file too: for boot loaders of others. */
export function cmdlineFile(image: ImageName): string {
  return `${releaseFileName(image)}.net.cmdline`;
}

/**
 * Makes what a web server has to have for machines that boot from it: kernel and initrd as one EFI program and, for
 * BIOS, as two files; the root with its hash tree; a script for iPXE; checksums.
 */
export async function buildNetboot(input: NetbootInput): Promise<readonly Artifact[]> {
  const { image, rootfs, directory, initrd, kernel } = input;
  const names = netbootFiles(image);
  const hashTreeSha256 = await sha256OfFile(rootfs.hashTree);
  const cmdline = netCmdline(
    { arch: input.arch, board: input.board, rootHash: rootfs.rootHash, extra: input.cmdline },
    { name: `${releaseFileName(image)}.root`, imageSha256: rootfs.imageSha256, hashTreeSha256 },
  );
  const write = async (file: string, bytes: Buffer): Promise<Artifact> => {
    await writeFile(join(directory, file), bytes, { flag: 'wx' });
    return { file, sizeBytes: bytes.length, sha256: sha256(bytes) };
  };
  const uki = await writeUki({ ...input, output: join(directory, names.uki) }, cmdline);
  // The build's own files: they cost neither time nor room.
  await link(rootfs.image, join(directory, names.root));
  await link(rootfs.hashTree, join(directory, names.hashTree));
  // veritysetup gives it to its owner alone; it is as public as the root.
  await chmod(rootfs.hashTree, 0o644);
  const title = `${image.name} ${image.version} for ${image.arch}`;
  const choices = [{ title, arch: image.arch, files: names, cmdline }];
  const script = bootScript({ choices, base: undefined, seeds: SEEDS_BY_MAC });
  const files: Artifact[] = [
    { file: names.uki, ...uki },
    { file: names.root, sizeBytes: rootfs.imageBytes, sha256: rootfs.imageSha256 },
    { file: names.hashTree, sizeBytes: rootfs.hashTreeBytes, sha256: hashTreeSha256 },
    await write(cmdlineFile(image), Buffer.from(`${cmdline}\n`)),
    await write(BOOT_SCRIPT, Buffer.from(script)),
  ];
  if (names.bios !== undefined) {
    files.push(await write(names.bios.kernel, await readContent(kernel.vmlinuz)));
    files.push(await write(names.bios.initrd, initrd));
  }
  return [...files, await write(CHECKSUMS, Buffer.from(checksumList(files)))];
}
