import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { defaultEnvironment, U_BOOT_FILE, withEnvironment } from '../image/board/u-boot.ts';
import { entryOf } from '../image/store/archive-entry.ts';
import { readTar } from '../image/store/package-reader.ts';
import type { BOOT_LOADERS } from './dhcp/config.ts';

/** iPXE for U-Boot, which is UEFI of arm64. */
const LOADER: keyof typeof BOOT_LOADERS = 'ipxe-arm64.efi';

/** For other ways to boot, and for keyboards: they make room. */
const NOT_NEEDED = [
  ...['dhcpuboot', 'scriptaddr', 'pxefile_addr_r', 'ramdisk_addr_r', 'usb_ignorelist', 'vendor'],
];

/** Places to start from that are no disks. */
const NETWORK = new Set(['pxe', 'dhcp']);

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
 * The board's files as one server gives them away: its U-Boot asks DHCP for nothing but an address, and gets iPXE from
 * that server. Left to itself it would go by the first answer to DHCP alone, which beside another server is the wrong
 * one (U-Boot knows no proxy DHCP).
 * @param server IPv4 address of the TFTP server
 * @throws KilnError when the program has no environment, or no room for this one
 */
export function filesFrom(
  server: string,
  boardFiles: ReadonlyMap<string, Buffer>,
): ReadonlyMap<string, Buffer> {
  const uBoot = boardFiles.get(U_BOOT_FILE);
  if (uBoot === undefined) return boardFiles;
  return new Map([...boardFiles, [U_BOOT_FILE, bootsFrom(server, uBoot)]]);
}

/**
 * U-Boot that starts iPXE from a TFTP server, and from a disk when iPXE says so or does not come; it tries for ever, and
 * stops for no key.
 */
export function bootsFrom(server: string, uBoot: Buffer): Buffer {
  const environment = new Map(defaultEnvironment(uBoot));
  for (const name of NOT_NEEDED) environment.delete(name);
  const targets = (environment.get('boot_targets') ?? '').split(' ');
  const disks = targets.filter((target) => !NETWORK.has(target)).join(' ');
  const fromDisk = environment.get('bootcmd') ?? '';
  const load = `dhcp;tftpboot \${loadaddr} ${server}:${LOADER}&&bootefi \${loadaddr}`;
  return withEnvironment(
    uBoot,
    new Map([
      ...environment,
      ['boot_targets', disks],
      ['autoload', 'no'],
      ['bootdelay', '-2'],
      ['bootcmd', `while true;do ${load};${fromDisk};sleep 9;done`],
    ]),
  );
}
