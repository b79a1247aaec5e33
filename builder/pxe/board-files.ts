import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { defaultEnvironment, U_BOOT_FILE, withEnvironment } from '../image/board/u-boot.ts';
import { entryOf } from '../image/store/archive-entry.ts';
import { readTar } from '../image/store/package-reader.ts';
import { type BoardServer, START_ENVIRONMENT, startEnvironment } from './board-start.ts';
import type { Resource } from './http/resource.ts';
import type { NetRelease } from './releases.ts';

/** For other ways to boot, and for keyboards: they make room. */
const NOT_NEEDED = [
  ...['dhcpuboot', 'scriptaddr', 'pxefile_addr_r', 'ramdisk_addr_r', 'usb_ignorelist', 'vendor'],
];

/** Places to start from that are no disks. */
const NETWORK = new Set(['pxe', 'dhcp']);

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
 * All that a board gets over TFTP from one server: its own files, the kernel, and how U-Boot starts that. None for a
 * release that is for no board.
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

/**
 * U-Boot that asks DHCP for nothing but an address, and does what a server's file says. Left to itself it would go by
 * the first answer to DHCP alone, which beside another server is the wrong one (U-Boot knows no proxy DHCP). When the
 * server does not answer it starts from a disk; it tries for ever, and stops for no key.
 * @param server IPv4 address of the TFTP server
 */
export function bootsFrom(server: string, uBoot: Buffer): Buffer {
  const environment = new Map(defaultEnvironment(uBoot));
  for (const name of NOT_NEEDED) environment.delete(name);
  const targets = (environment.get('boot_targets') ?? '').split(' ');
  const disks = targets.filter((target) => !NETWORK.has(target)).join(' ');
  const fromDisk = environment.get('bootcmd') ?? '';
  // Short, for there is little room.
  const load = `dhcp;tftpboot ${server}:${START_ENVIRONMENT}`;
  const start = 'env import -t $fileaddr $filesize&&run start';
  return withEnvironment(
    uBoot,
    new Map([
      ...environment,
      ['boot_targets', disks],
      ['autoload', 'no'],
      ['bootdelay', '-2'],
      ['bootcmd', `while true;do ${load}&&${start};${fromDisk};sleep 9;done`],
    ]),
  );
}
