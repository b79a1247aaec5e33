import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { KilnError } from '../../report/errors.ts';
import type { Sha256 } from '../../report/sha256.ts';
import { ARCHES, type Arch } from '../arch.ts';
import type { Board } from '../board/board.ts';
import { readContent } from '../tree/content.ts';
import type { Content, Tree } from '../tree/tree.ts';
import { kernelCmdline } from './cmdline.ts';
import { makeUki, type UkiProfile } from './uki.ts';

/** What firmware starts: the boot loader and the unified kernel image. */
export interface Boot {
  /** The unified kernel image. */
  readonly uki: string;
  readonly ukiBytes: number;
  readonly ukiSha256: Sha256;
  readonly initrdBytes: number;
  /** systemd-boot. */
  readonly loader: Buffer;
  readonly cmdline: string;
  readonly kernelRelease: string;
}

export interface BootInput {
  /** The root tree before exclusions: it has systemd's EFI programs. */
  readonly root: Tree;
  readonly arch: Arch;
  readonly kernel: { readonly release: string; readonly vmlinuz: Content };
  readonly initrd: Buffer;
  readonly board: Board;
  /** Device trees that the UKI brings along. */
  readonly deviceTrees: readonly Buffer[];
  readonly rootHash: Sha256;
  /** The definition's `kernel.cmdline`. */
  readonly cmdline: readonly string[];
  /** Text of the image's os-release. */
  readonly osRelease: string;
  /** The file that becomes the UKI; must not exist. */
  readonly output: string;
}

const EFI_DIRECTORY = 'usr/lib/systemd/boot/efi';

/** Makes the unified kernel image and finds its boot loader. */
export async function buildBoot(input: BootInput): Promise<Boot> {
  const { root, arch, board, kernel, initrd, rootHash } = input;
  const cmdline = kernelCmdline({ arch, board, rootHash, extra: input.cmdline });
  const { sizeBytes, sha256 } = await writeUki(input, cmdline);
  return {
    uki: input.output,
    ukiBytes: sizeBytes,
    ukiSha256: sha256,
    initrdBytes: initrd.length,
    loader: await readEfiProgram(root, `systemd-boot${ARCHES[arch].efi}.efi`),
    cmdline,
    kernelRelease: kernel.release,
  };
}

/** Makes a unified kernel image with the given command line, and other ways to start it. */
export async function writeUki(
  {
    root,
    arch,
    kernel,
    initrd,
    deviceTrees,
    osRelease,
    output,
  }: Omit<BootInput, 'board' | 'cmdline' | 'rootHash'>,
  cmdline: string,
  profiles: readonly UkiProfile[] = [],
): Promise<{ readonly sizeBytes: number; readonly sha256: Sha256 }> {
  const pieces = makeUki({
    stub: await readEfiProgram(root, `linux${ARCHES[arch].efi}.efi.stub`),
    osRelease,
    cmdline,
    kernelRelease: kernel.release,
    deviceTrees,
    linux: await readContent(kernel.vmlinuz),
    initrd,
    profiles,
  });
  return await writePieces(pieces, output);
}

async function readEfiProgram(root: Tree, name: string): Promise<Buffer> {
  const entry = root.get(`${EFI_DIRECTORY}/${name}`);
  if (entry?.kind === 'file') return readContent(entry.content);
  throw new KilnError('definition', `no package of the image has ${EFI_DIRECTORY}/${name}`, {
    hint: 'add `systemd-boot` to `packages`: its package systemd-boot-efi has that file',
  });
}

async function writePieces(
  pieces: readonly Buffer[],
  path: string,
): Promise<{ readonly sizeBytes: number; readonly sha256: Sha256 }> {
  await using output = await open(path, 'wx');
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for (const piece of pieces) {
    await output.appendFile(piece);
    hash.update(piece);
    sizeBytes += piece.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}
