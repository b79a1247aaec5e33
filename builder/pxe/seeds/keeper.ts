import type { Plate } from '../clients.ts';

/** A node's seed, and what its machine is known by. */
export interface NodeSeed {
  readonly name: string;
  /** Hardware addresses, lower-case with colons. */
  readonly macs: readonly string[];
  /** Serial number and UUID of the machine (SMBIOS type 1), the UUID in small letters. */
  readonly serial?: string;
  readonly uuid?: string;
  /** Whether its metadata has an order for the installer. */
  readonly installs?: boolean;
  /** Contents by file name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Who asks for a file of a seed. */
export interface SeedRequest {
  readonly file: string;
  /** What the machine says that it is: anybody can say so. */
  readonly claimed: Plate & { readonly mac: string };
  /** The hardware address behind its address; undefined when it is not known. */
  readonly seen: string | undefined;
}

export type SeedAnswer =
  | { readonly kind: 'given'; readonly node: string; readonly text: string }
  | { readonly kind: 'missing'; readonly node: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** How long after a machine has got its kernel it may get its seed. */
const WINDOW_MS = 30 * 60_000;

interface Window {
  readonly until: number;
  readonly given: Set<string>;
}

/**
 * Gives out seeds: to the machine that the site says, as far as ARP can tell; only after it has got its kernel here;
 * and each file once for each time that it does. Knows no clock: times are milliseconds that only go forward.
 */
export class SeedKeeper {
  readonly #nodes: readonly NodeSeed[];
  readonly #windows = new Map<string, Window>();
  /** Which machine is a node that is known by its plate: the first that said so in this run and got a file. */
  readonly #holders = new Map<string, string>();

  constructor(nodes: readonly NodeSeed[]) {
    this.#nodes = nodes;
  }

  /** The name of the node whose machine has a hardware address. */
  nameOf(mac: string): string | undefined {
    const held = [...this.#holders].find(([, holder]) => holder === mac)?.[0];
    return this.#nodes.find(({ macs }) => macs.includes(mac))?.name ?? held;
  }

  /** The node that a machine is, as far as it can be seen; undefined for a stranger. */
  whoIs(seen: string | undefined, claimed: Plate & { readonly mac: string }): NodeSeed | undefined {
    if (seen === undefined || claimed.mac !== seen) return undefined;
    const node = this.#nodeOf(seen, claimed);
    return node !== undefined && this.#isFree(node, seen) ? node : undefined;
  }

  /** A machine has been given its kernel: from now on it may have its seed, once. */
  openWindow(mac: string, now: number): void {
    for (const [each, { until }] of this.#windows) if (until < now) this.#windows.delete(each);
    this.#windows.set(mac, { until: now + WINDOW_MS, given: new Set() });
  }

  /** What to answer. A file that was given, and did not arrive whole, is to be taken back with `takeBack`. */
  answer(request: SeedRequest, now: number): SeedAnswer {
    const { seen, claimed, file } = request;
    if (seen === undefined) return refused('it is not on this network, or ARP is not sure of it');
    if (claimed.mac !== seen) return refused(`it says that it is ${claimed.mac || 'nobody'}`);
    const node = this.#nodeOf(seen, claimed);
    if (node === undefined)
      return refused('no node of the site has its MAC, serial number or UUID');
    if (!this.#isFree(node, seen)) {
      return refused(`another machine is ${node.name} already: it says the same of itself`);
    }
    const window = this.#windows.get(seen);
    if (window === undefined || window.until < now) {
      return refused('it has not got its kernel here in the last half hour; start it again');
    }
    const text = Object.hasOwn(node.files, file) ? node.files[file] : undefined;
    if (text === undefined) return { kind: 'missing', node: node.name };
    if (window.given.has(file)) {
      return refused(`it has had its ${file} since it started; start it again`);
    }
    // Now, not when it has arrived: two that ask at the same time must not both get it.
    window.given.add(file);
    if (node.macs.length === 0) this.#holders.set(node.name, seen);
    return { kind: 'given', node: node.name, text };
  }

  /** The file did not arrive: the machine may ask for it again. */
  takeBack({ seen, file }: SeedRequest): void {
    if (seen !== undefined) this.#windows.get(seen)?.given.delete(file);
  }

  /** By hardware address; by what is on the plate only where the site knows none, and then by all of it. */
  #nodeOf(mac: string, plate: Plate): NodeSeed | undefined {
    const byMac = this.#nodes.find(({ macs }) => macs.includes(mac));
    if (byMac !== undefined) return byMac;
    return this.#nodes.find(
      ({ macs, serial, uuid }) =>
        macs.length === 0 &&
        (serial ?? uuid) !== undefined &&
        (serial === undefined || serial === plate.serial) &&
        (uuid === undefined || uuid === plate.uuid),
    );
  }

  #isFree({ name, macs }: NodeSeed, mac: string): boolean {
    return macs.length > 0 || (this.#holders.get(name) ?? mac) === mac;
  }
}

function refused(reason: string): SeedAnswer {
  return { kind: 'refused', reason };
}
