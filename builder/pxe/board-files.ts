import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  type BoardServer,
  bootsFrom,
  START_ENVIRONMENT,
  startEnvironment,
} from '../image/board/net-start.ts';
import { U_BOOT_FILE } from '../image/board/u-boot.ts';
import { entryOf } from '../image/store/archive-entry.ts';
import { readTar } from '../image/store/package-reader.ts';
import type { Resource } from './http/resource.ts';
import type { NetRelease } from './releases.ts';

/** What firmware gets over TFTP. */
export type TftpFile = Resource['content'];

/**
 * Reads what a board gets over TFTP out of a release's archive.
 * @throws KilnError `verification` when it is damaged
 */
export async function readBoardFiles(path: string): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  await readTar(createReadStream(path), path, async (header, body) => {
    const entry = entryOf(header, path);
    if (entry?.kind === 'file') files.set(entry.path, await buffer(Readable.from(body)));
  });
  return files;
}

/**
 * All that a board gets over TFTP from one server: its own files, the kernel, and how U-Boot starts that, which takes
 * the place of what the archive has for a server that DHCP names. None for a release that is for no board.
 * @throws KilnError when U-Boot has no environment, or no room for this one
 */
export function filesFrom(
  server: BoardServer,
  { boardFiles, choice, resources }: Pick<NetRelease, 'boardFiles' | 'choice' | 'resources'>,
): ReadonlyMap<string, TftpFile> {
  const files = new Map<string, TftpFile>();
  for (const [name, bytes] of boardFiles) files.set(name, { kind: 'bytes', bytes });
  const uBoot = boardFiles.get(U_BOOT_FILE);
  const kernel = resources.get(choice.files.uki);
  if (uBoot === undefined || kernel === undefined) return files;
  const environment = Buffer.from(startEnvironment(server, choice));
  return new Map<string, TftpFile>([
    ...files,
    [U_BOOT_FILE, { kind: 'bytes', bytes: bootsFrom(server.address, uBoot) }],
    [START_ENVIRONMENT, { kind: 'bytes', bytes: environment }],
    [choice.files.uki, kernel.content],
  ]);
}
