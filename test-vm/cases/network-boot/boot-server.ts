import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../../../builder/image/arch.ts';
import { readBootLoaders } from '../../../builder/image/artifacts/ipxe.ts';
import { Clients } from '../../../builder/pxe/clients.ts';
import { openReleases } from '../../../builder/pxe/releases.ts';
import { SEED_PATH } from '../../../builder/pxe/seeds/address.ts';
import { type NodeSeed, SeedKeeper } from '../../../builder/pxe/seeds/keeper.ts';
import { type Served, servedFiles } from '../../../builder/pxe/served.ts';
import { PxeServer } from '../../../builder/pxe/server.ts';
import type { Toolbox } from '../../../builder/tools/toolbox.ts';
import { writeOwnImage } from '../own-image.ts';

/** The host, as guests see it behind QEMU's own router; there they come from the loopback interface. */
const HOST = '10.0.2.2';
const GUEST = '127.0.0.1';

/** Kiln's boot server for one machine behind QEMU's own router, which nobody has to be root for. */
export interface BootServer extends AsyncDisposable {
  readonly clients: Clients;
  /** What the server has, which a test may change while it runs. */
  readonly files: Map<string, Served>;
  /** Where guests find it: ends in "/". */
  readonly base: string;
  /** Directory of what the firmware gets over TFTP. */
  readonly tftp: string;
}

/** Starts the server: for the release, the machine with the given MAC, and its seed. */
export async function startBootServer(
  input: { readonly release: string; readonly toolbox: Toolbox; readonly directory: string },
  node: NodeSeed,
): Promise<BootServer> {
  const bootLoaders = await readBootLoaders(input.toolbox);
  const releases = await openReleases([input.release]);
  const clients = new Clients();
  const files = new Map<string, Served>();
  const [mac = ''] = node.macs;
  const server = await PxeServer.listen(
    {
      ...{ files, seeds: new SeedKeeper([node]), now: () => performance.now() },
      // Nobody's ARP sees into QEMU.
      neighbours: async (address) => (address === GUEST ? mac : undefined),
      onSighting: (sighting) => clients.see(sighting),
    },
    { host: GUEST, port: 0 },
  );
  const base = `http://${HOST}:${server.port}/`;
  for (const [name, served] of servedFiles({ releases, base, seeds: SEED_PATH, bootLoaders })) {
    files.set(name, served);
  }
  const tftp = join(input.directory, 'tftp');
  await mkdir(tftp);
  for (const [name, bytes] of bootLoaders) await writeFile(join(tftp, name), bytes);
  // QEMU's DHCP cannot tell iPXE from firmware; iPXE looks for this where it came from.
  await writeFile(join(tftp, 'autoexec.ipxe'), `#!ipxe\ndhcp\nchain ${base}boot.ipxe\n`);
  return { clients, files, base, tftp, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Writes an image file for one of Kiln's own images with a network boot, and returns its path. */
export async function writeNetbootImage(directory: string, of: Arch | 'rpi'): Promise<string> {
  return await writeOwnImage(directory, { name: 'netboot', artifacts: ['netboot'], of });
}
