import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../report/sha256.ts';
import { type FatFile, makeFat } from '../../tools/fat.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import { ARCHES, type Arch } from '../arch.ts';
import type { BoardFile } from '../board/raspberry-pi.ts';
import type { Boot } from '../boot/build.ts';
import { ESP_BYTES } from './layout.ts';

export interface EspInput {
  readonly arch: Arch;
  readonly version: string;
  readonly epoch: number;
  readonly seed: string;
  readonly boot: Boot;
  /** What the board needs besides. */
  readonly boardFiles: readonly BoardFile[];
  /** Text of loader.conf(5). */
  readonly loaderConf: string;
  /** Where the image is made. */
  readonly directory: string;
  readonly toolbox: Toolbox;
  readonly signal?: AbortSignal | undefined;
}

/** How often an image is tried before the one before it starts again (Automatic Boot Assessment). */
const TRIES = 3;

/** Makes the EFI system partition's file system. Returns the image's path. */
export async function makeEsp(input: EspInput): Promise<string> {
  const { directory, boot, epoch } = input;
  const image = join(directory, 'esp.fat');
  const loader = join(directory, 'systemd-boot.efi');
  const loaderConf = join(directory, 'loader.conf');
  await writeFile(loader, boot.loader);
  await writeFile(loaderConf, input.loaderConf);
  const files = [
    ...espFiles({ ...input, loader, loaderConf }),
    ...(await laidOut(input.boardFiles, directory)),
  ];
  await makeFat(
    input.toolbox,
    { image, sizeBytes: ESP_BYTES, label: 'ESP', volumeId: volumeId(input.seed), epoch, files },
    input.signal,
  );
  return image;
}

/** systemd-boot at the place that firmware looks at without being told, and at its own (bootctl(1)). */
function espFiles({
  arch,
  version,
  boot,
  loader,
  loaderConf,
}: Pick<EspInput, 'arch' | 'version' | 'boot'> & {
  /** Files that have the boot loader and its settings. */
  readonly loader: string;
  readonly loaderConf: string;
}): readonly FatFile[] {
  const { efi } = ARCHES[arch];
  return [
    { path: `EFI/BOOT/BOOT${efi.toUpperCase()}.EFI`, source: loader },
    { path: `EFI/systemd/systemd-boot${efi}.efi`, source: loader },
    { path: `EFI/Linux/kiln_${version}+${TRIES}.efi`, source: boot.uki },
    { path: 'loader/loader.conf', source: loaderConf },
  ];
}

/** The files of the board, as files of this machine. */
async function laidOut(
  files: readonly BoardFile[],
  directory: string,
): Promise<readonly FatFile[]> {
  const board = join(directory, 'board');
  await mkdir(board);
  return await Promise.all(
    files.map(async ({ path, bytes }, index) => {
      const source = join(board, `${index}`);
      await writeFile(source, bytes);
      return { path, source };
    }),
  );
}

function volumeId(seed: string): number {
  return Number.parseInt(sha256(`esp volume\0${seed}`).slice(0, 8), 16);
}
