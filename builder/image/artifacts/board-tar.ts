import type { BoardFile } from '../board/raspberry-pi.ts';
import { ENVIRONMENT_FILE } from '../board/u-boot.ts';
import { generatedFile } from '../tree/generated.ts';
import { tarOf } from '../tree/tar.ts';

/**
 * What a TFTP server has for a board that starts from it, as a tar archive: what its ESP has, without the environment
 * that U-Boot only looks for on a card.
 */
export async function boardTar(files: readonly BoardFile[], epoch: number): Promise<Buffer> {
  const wanted = files.filter(({ path }) => path !== ENVIRONMENT_FILE);
  const entries = wanted.map(({ path, bytes }) => generatedFile(path, bytes, epoch));
  const chunks: Buffer[] = [];
  for await (const chunk of tarOf(new Map(entries.map((entry) => [entry.path, entry])), epoch)) {
    // The next one takes its memory.
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
