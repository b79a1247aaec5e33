import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../image/arch.ts';
import { boardTar } from '../image/artifacts/board-tar.ts';
import { boardTarFile, cmdlineFiles, netbootFiles } from '../image/artifacts/netboot.ts';
import type { BoardFile } from '../image/board/raspberry-pi.ts';
import { sha256 } from '../report/sha256.ts';

/** What stands in the place of kernel and root: as many bytes as a test wants. */
export interface NetReleaseInput {
  readonly arch: Arch;
  readonly rootBytes?: number;
  /** What a board gets over TFTP. */
  readonly boardFiles?: readonly BoardFile[];
}

/** Writes a release that has nothing but a network boot, with files that are only there to be transferred. */
export async function writeNetRelease(
  parent: string,
  { arch, rootBytes = 4096, boardFiles = [] }: NetReleaseInput,
): Promise<string> {
  const image = { name: 'tiny', version: '1.0', arch };
  const names = netbootFiles(image);
  const cmdline = 'roothash=ab ro console=ttyS0';
  const cmdlines = { diskless: cmdline, install: `${cmdline} kiln.install` };
  const choice = { title: `tiny 1.0 for ${arch}`, arch, files: names, cmdlines };
  const contents: Readonly<Record<string, Buffer>> = {
    [names.uki]: Buffer.from(`kernel for ${arch}`),
    [names.root]: Buffer.alloc(rootBytes, `root for ${arch} `),
    [names.hashTree]: Buffer.from(`hash tree for ${arch}`),
    [names.system]: Buffer.from(`system for ${arch}`),
    [names.loader]: Buffer.from('loader'),
    [names.loaderConf]: Buffer.from('timeout 1'),
    [cmdlineFiles(image).diskless]: Buffer.from(`${cmdlines.diskless}\n`),
    [cmdlineFiles(image).install]: Buffer.from(`${cmdlines.install}\n`),
    ...(names.bios && {
      [names.bios.kernel]: Buffer.from('vmlinuz'),
      [names.bios.initrd]: Buffer.from('initrd'),
    }),
    ...(boardFiles.length > 0 && { [boardTarFile(image)]: await boardTar(boardFiles, choice, 0) }),
  };
  const directory = join(parent, `tiny-1.0-${arch}`);
  await mkdir(directory, { recursive: true });
  const outputs = Object.entries(contents).map(([file, bytes]) => ({
    ...{ file, sizeBytes: bytes.length, sha256: sha256(bytes) },
  }));
  for (const [file, bytes] of Object.entries(contents)) {
    await writeFile(join(directory, file), bytes);
  }
  const manifest = { format: 1, ...image, epoch: 0, outputs };
  await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest));
  return directory;
}
