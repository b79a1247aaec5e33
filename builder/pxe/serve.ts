import { readBootLoaders } from '../image/artifacts/ipxe.ts';
import { U_BOOT_MAC } from '../image/board/net-start.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import type { AddressRange } from './address-range.ts';
import { filesFrom, type TftpFile } from './board-files.ts';
import { Clients, type Sighting } from './clients.ts';
import { DhcpServer } from './dhcp/server.ts';
import { noteDhcp, tftpStage } from './dhcp/sightings.ts';
import type { Place } from './interfaces.ts';
import { kernelNeighbours, type Neighbours } from './neighbours.ts';
import type { NetRelease } from './releases.ts';
import { SEED_PATH, seedPath } from './seeds/address.ts';
import type { SeedKeeper } from './seeds/keeper.ts';
import { servedFiles } from './served.ts';
import { PxeServer } from './server.ts';
import { ClientView } from './view.ts';

export interface ServeInput {
  readonly releases: readonly NetRelease[];
  readonly place: Place;
  readonly port: number;
  /** Undefined when no site was given. */
  readonly seeds?: SeedKeeper | undefined;
  /** How machines find here; undefined when somebody else tells them. */
  readonly dhcp?: { readonly range?: AddressRange } | undefined;
  readonly toolbox: Toolbox;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  /** For tests; without it the kernel is asked. */
  readonly neighbours?: Neighbours;
}

/** Serves until it is interrupted, and shows who boots. `tell` is called once everything is ready. */
export async function serve(input: ServeInput, tell: (base: string) => void): Promise<void> {
  const { place, port, toolbox, seeds, signal, releases } = input;
  const neighbours = input.neighbours ?? kernelNeighbours;
  const clients = new Clients();
  const nameOf = (mac: string): string | undefined => seeds?.nameOf(mac);
  const base = `http://${place.address}${port === 80 ? '' : `:${port}`}/`;
  const bootLoaders = await readBootLoaders(toolbox);
  const files = servedFiles({
    ...{ releases, base, bootLoaders },
    seeds: seeds === undefined ? undefined : SEED_PATH,
  });
  const server = {
    ...{ address: place.address, base },
    seeds: seeds === undefined ? undefined : seedPath(U_BOOT_MAC),
  };
  const boards = releases.flatMap((release) => [...filesFrom(server, release)]);
  let view: ClientView | undefined;
  const onSighting = (sighting: Sighting): void => {
    const client = clients.see(sighting);
    if (client !== undefined) view?.changed(client);
  };
  const now = (): number => performance.now();
  await using _http = await PxeServer.listen(
    { files, seeds, neighbours, now, onSighting },
    { host: place.address, port },
  );
  const { dhcp } = input;
  await using dhcpServer =
    dhcp === undefined
      ? undefined
      : await DhcpServer.start({
          ...{ ...place, ...dhcp, base, toolbox, hasBoards: boards.length > 0 },
          files: new Map([...inMemory(bootLoaders), ...boards]),
          stageOf: (name) => tftpStage(name, releases),
          onSighting: noteDhcp({ neighbours, seeds, now, onSighting }),
        });
  tell(base);
  using shown = new ClientView(clients, nameOf, input.output);
  view = shown;
  await Promise.race([
    interrupted(signal),
    ...(dhcpServer === undefined ? [] : [dhcpServer.ended]),
  ]);
}

function inMemory(files: ReadonlyMap<string, Buffer>): readonly (readonly [string, TftpFile])[] {
  return [...files].map(([name, bytes]) => [name, { kind: 'bytes', bytes }]);
}

/** Ctrl-C is how serving ends: that is no failure. */
function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
