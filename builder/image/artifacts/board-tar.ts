import {
  bootsFrom,
  NAMED_SERVER,
  START_ENVIRONMENT,
  startEnvironment,
} from '../board/net-start.ts';
import type { BoardFile } from '../board/raspberry-pi.ts';
import { ENVIRONMENT_FILE, U_BOOT_FILE } from '../board/u-boot.ts';
import { generatedFile } from '../tree/generated.ts';
import { tarOf } from '../tree/tar.ts';
import type { BootChoice } from './boot-script.ts';

/**
 * What a TFTP server has at its root for a board that starts from it, besides the kernel, as a tar archive: what its
 * ESP has, but U-Boot starts what the server has, by a file that says how. Without the environment that U-Boot only
 * looks for on a card.
 * @throws KilnError when U-Boot has no environment, or no room for this one
 */
export async function boardTar(
  files: readonly BoardFile[],
  choice: BootChoice,
  epoch: number,
): Promise<Buffer> {
  const wanted = files
    .filter(({ path }) => path !== ENVIRONMENT_FILE)
    .flatMap((file) => (file.path === U_BOOT_FILE ? netStart(file.bytes, choice) : [file]))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const entries = wanted.map(({ path, bytes }) => generatedFile(path, bytes, epoch));
  const chunks: Buffer[] = [];
  for await (const chunk of tarOf(new Map(entries.map((entry) => [entry.path, entry])), epoch)) {
    // The next one takes its memory.
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

function netStart(uBoot: Buffer, choice: BootChoice): readonly BoardFile[] {
  const environment = Buffer.from(startEnvironment(NAMED_SERVER, choice));
  return [
    { path: START_ENVIRONMENT, bytes: environment },
    { path: U_BOOT_FILE, bytes: bootsFrom(NAMED_SERVER.address, uBoot) },
  ];
}
