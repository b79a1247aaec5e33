import type { Toolbox } from '../tools/toolbox.ts';
import type { AddressRange } from './address-range.ts';
import { filesFrom } from './board-files.ts';
import { Clients, type Sighting } from './clients.ts';
import { DhcpServer } from './dhcp/server.ts';
import type { Place } from './interfaces.ts';
import { kernelNeighbours, type Neighbours } from './neighbours.ts';
import type { NetRelease } from './releases.ts';
import { SEED_PATH } from './seeds/address.ts';
import type { SeedKeeper } from './seeds/keeper.ts';
import { readBootLoaders, servedFiles } from './served.ts';
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
  const boards = releases.flatMap(({ boardFiles }) => [...filesFrom(place.address, boardFiles)]);
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
  // TFTP tells addresses only; who they are, ARP knows.
  const onDhcpSighting = (sighting: Sighting): void => {
    const { mac, address } = sighting;
    if (mac !== undefined || address === undefined) onSighting(sighting);
    else void neighbours(address).then((found) => onSighting({ ...sighting, mac: found }));
  };
  const { dhcp } = input;
  await using server =
    dhcp === undefined
      ? undefined
      : await DhcpServer.start({
          ...{ ...place, ...dhcp, base, toolbox, hasBoards: boards.length > 0 },
          files: new Map([...bootLoaders, ...boards]),
          onSighting: onDhcpSighting,
        });
  tell(base);
  using shown = new ClientView(clients, nameOf, input.output);
  view = shown;
  await Promise.race([interrupted(signal), ...(server === undefined ? [] : [server.ended])]);
}

/** Ctrl-C is how serving ends: that is no failure. */
function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
