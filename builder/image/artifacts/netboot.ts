import { chmod, link, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sha256, sha256, sha256OfFile } from '../../report/sha256.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import type { BoardFile } from '../board/raspberry-pi.ts';
import { type Boot, type BootInput, writeUki } from '../boot/build.ts';
import { netCmdline } from '../boot/cmdline.ts';
import type { Rootfs } from '../rootfs/build.ts';
import { readContent } from '../tree/content.ts';
import { boardTar } from './board-tar.ts';
import { bootScript, type NetbootFiles, type Purpose, SEEDS_BY_MAC } from './boot-script.ts';
import { type Artifact, artifactName, type ImageName, releaseFileName } from './build.ts';
import { CHECKSUMS, checksumList } from './checksums.ts';
import { DNSMASQ_FILES, exampleDnsmasq } from './dnsmasq-example.ts';
import { readBootLoaders } from './ipxe.ts';

/** The boot script of a release. */
export const BOOT_SCRIPT = 'boot.ipxe';

export interface NetbootInput extends Omit<BootInput, 'output' | 'rootHash'> {
  readonly image: ImageName;
  /** Where the files go. */
  readonly directory: string;
  readonly rootfs: Rootfs;
  readonly epoch: number;
  /** What a disk that is installed starts with; the kernel is a file of the release already. */
  readonly boot: Pick<Boot, 'ukiSha256' | 'loader'>;
  /** Text of loader.conf(5). */
  readonly loaderConf: string;
  /** What the board needs to come to UEFI; none where it has that by itself. */
  readonly boardFiles: readonly BoardFile[];
  /** It has iPXE. */
  readonly toolbox: Pick<Toolbox, 'file'>;
}

/** Writes a file of the release. */
type Write = (file: string, bytes: Buffer) => Promise<Artifact>;

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
    system: artifactName(image, 'uki'),
    loader: `${base}.loader.efi`,
    loaderConf: `${base}.loader.conf`,
  };
}

/** The command lines that a release's network boot is started with are files too: for boot loaders of others. */
export function cmdlineFiles(image: ImageName): Readonly<Record<Purpose, string>> {
  const base = releaseFileName(image);
  return { diskless: `${base}.net.cmdline`, install: `${base}.install.cmdline` };
}

/** What a board that starts over TFTP gets before the kernel, as one file. */
export function boardTarFile(image: ImageName): string {
  return `${releaseFileName(image)}.tftp.tar`;
}

/**
 * Makes what a web server has to have for machines that boot from it: kernel and initrd as one EFI program and, for
 * BIOS, as two files; the root with its hash tree; what an installed disk starts with; iPXE, a script for it, and how
 * dnsmasq tells machines of both; what a board needs before that; checksums.
 */
export async function buildNetboot(input: NetbootInput): Promise<readonly Artifact[]> {
  const { image, rootfs, directory, initrd, kernel, boot } = input;
  const names = netbootFiles(image);
  const write: Write = async (file, bytes) => {
    await writeFile(join(directory, file), bytes, { flag: 'wx' });
    return { file, sizeBytes: bytes.length, sha256: sha256(bytes) };
  };
  const loader = await write(names.loader, boot.loader);
  const loaderConf = await write(names.loaderConf, Buffer.from(input.loaderConf));
  const hashTreeSha256 = await sha256OfFile(rootfs.hashTree);
  const cmdlines = cmdlinesOf(input, { hashTreeSha256, loader, loaderConf });
  const title = `${image.name} ${image.version}`;
  const uki = await writeUki(
    { ...input, output: join(directory, names.uki) },
    cmdlines.diskless,
    // In the order of PROFILES.
    [
      { id: 'diskless', title: `${title} without a disk` },
      { id: 'install', title: `Install ${title}`, cmdline: cmdlines.install },
    ],
  );
  // The build's own files: they cost neither time nor room.
  await link(rootfs.image, join(directory, names.root));
  await link(rootfs.hashTree, join(directory, names.hashTree));
  // veritysetup gives it to its owner alone; it is as public as the root.
  await chmod(rootfs.hashTree, 0o644);
  const choice = { title: `${title} for ${image.arch}`, arch: image.arch, files: names, cmdlines };
  const script = bootScript({ choices: [choice], base: undefined, seeds: SEEDS_BY_MAC });
  const cmdlineNames = cmdlineFiles(image);
  const files: Artifact[] = [
    { file: names.uki, ...uki },
    { file: names.root, sizeBytes: rootfs.imageBytes, sha256: rootfs.imageSha256 },
    { file: names.hashTree, sizeBytes: rootfs.hashTreeBytes, sha256: hashTreeSha256 },
    ...[loader, loaderConf],
    await write(cmdlineNames.diskless, Buffer.from(`${cmdlines.diskless}\n`)),
    await write(cmdlineNames.install, Buffer.from(`${cmdlines.install}\n`)),
    await write(BOOT_SCRIPT, Buffer.from(script)),
    ...(await writeForServers(input, write)),
  ];
  if (names.bios !== undefined) {
    files.push(await write(names.bios.kernel, await readContent(kernel.vmlinuz)));
    files.push(await write(names.bios.initrd, initrd));
  }
  if (input.boardFiles.length > 0) {
    const tar = await boardTar(input.boardFiles, choice, input.epoch);
    files.push(await write(boardTarFile(image), tar));
  }
  // The system's own kernel is listed too: an installation gets it from here.
  const listed = [...files, { file: names.system, sha256: boot.ukiSha256 }];
  return [...files, await write(CHECKSUMS, Buffer.from(checksumList(listed)))];
}

/** What only those need who do not serve with Kiln: iPXE, and who tells machines of it. */
async function writeForServers(
  { toolbox, boardFiles }: NetbootInput,
  write: Write,
): Promise<readonly Artifact[]> {
  const written: Artifact[] = [];
  for (const [name, bytes] of await readBootLoaders(toolbox))
    written.push(await write(name, bytes));
  for (const kind of ['proxy', 'full'] as const) {
    const text = exampleDnsmasq(kind, boardFiles.length > 0);
    written.push(await write(DNSMASQ_FILES[kind], Buffer.from(text)));
  }
  return written;
}

function cmdlinesOf(
  input: NetbootInput,
  made: {
    readonly hashTreeSha256: Sha256;
    readonly loader: Artifact;
    readonly loaderConf: Artifact;
  },
): Readonly<Record<Purpose, string>> {
  const { image, rootfs, boot } = input;
  const name = releaseFileName(image);
  const common = {
    ...{ arch: input.arch, board: input.board, extra: input.cmdline },
    rootHash: rootfs.rootHash,
  };
  const root = {
    ...{ name: `${name}.root`, imageSha256: rootfs.imageSha256 },
    hashTreeSha256: made.hashTreeSha256,
  };
  const install = {
    ...{ name, systemSha256: boot.ukiSha256 },
    ...{ loaderSha256: made.loader.sha256, loaderConfSha256: made.loaderConf.sha256 },
  };
  return { diskless: netCmdline(common, root), install: netCmdline(common, root, install) };
}
