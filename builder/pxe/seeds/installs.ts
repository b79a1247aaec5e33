import type { Purpose } from '../../image/artifacts/boot-script.ts';
import type { NodeSeed } from './keeper.ts';

/** What a machine is started with: a purpose of the network boot, or what is on its own disk. */
export type Start = Purpose | 'disk';

/** Which machines are being installed, and which ones have been, in this run. By hardware address. */
export class Installs {
  readonly #started = new Set<string>();
  readonly #done = new Set<string>();

  /**
   * What a machine starts next. Strangers get nothing that could install. An installation that was cut off starts
   * again, and goes on; one whose end was told does not.
   */
  startOf(mac: string | undefined, node: NodeSeed | undefined): Start {
    if (mac === undefined || node?.installs !== true) return 'diskless';
    if (this.#done.has(mac)) return 'disk';
    this.#started.add(mac);
    return 'install';
  }

  /** Whether what a machine does now is to install itself. */
  isInstalling(mac: string | undefined): boolean {
    return mac !== undefined && this.#started.has(mac) && !this.#done.has(mac);
  }

  /** A machine says that it is installed. Returns whether it was to be. */
  finish(mac: string | undefined): boolean {
    if (mac === undefined || !this.#started.has(mac)) return false;
    this.#done.add(mac);
    return true;
  }
}
