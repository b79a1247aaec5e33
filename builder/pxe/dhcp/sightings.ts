import { START_ENVIRONMENT } from '../../image/board/net-start.ts';
import type { Sighting, Stage } from '../clients.ts';
import type { Neighbours } from '../neighbours.ts';
import type { NetRelease } from '../releases.ts';
import type { SeedKeeper } from '../seeds/keeper.ts';

/** How far who has got a file over TFTP has come. */
export function tftpStage(name: string, releases: readonly Pick<NetRelease, 'files'>[]): Stage {
  if (name === START_ENVIRONMENT) return { kind: 'boot script' };
  const isKernel = releases.some(({ files }) => files.uki === name);
  return { kind: isKernel ? 'kernel' : 'boot loader' };
}

/** What comes of what is seen in the log of DHCP and TFTP. */
export interface DhcpNotes {
  readonly neighbours: Neighbours;
  /** Undefined when no site was given. */
  readonly seeds: Pick<SeedKeeper, 'openWindow'> | undefined;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  readonly onSighting: (sighting: Sighting) => void;
}

/** Notes what is seen: who has got the whole kernel may have its seed, as over HTTP. */
export function noteDhcp(notes: DhcpNotes): (sighting: Sighting) => void {
  return (sighting) => {
    const { mac, address } = sighting;
    if (mac !== undefined || address === undefined) return notes.onSighting(sighting);
    // TFTP tells addresses only; who they are, ARP knows.
    void notes.neighbours(address).then((found) => {
      if (sighting.stage.kind === 'kernel' && found !== undefined) {
        notes.seeds?.openWindow(found, notes.now());
      }
      notes.onSighting({ ...sighting, mac: found });
    });
  };
}
