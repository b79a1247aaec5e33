/** How far a machine has come. */
export type Stage =
  | { readonly kind: 'asks' }
  | { readonly kind: 'boot loader' }
  | { readonly kind: 'boot script' }
  | { readonly kind: 'kernel' }
  | { readonly kind: 'root'; readonly percent: number }
  | { readonly kind: 'starts' }
  | { readonly kind: 'installer files' }
  | { readonly kind: 'seed'; readonly file: string }
  | { readonly kind: 'installing' }
  | { readonly kind: 'installed' }
  | { readonly kind: 'from disk' }
  | { readonly kind: 'refused'; readonly reason: string };

/** A machine that boots here. */
export interface Client {
  /** Hardware address, or its address when that one is not known. */
  readonly id: string;
  readonly address: string | undefined;
  readonly stage: Stage;
  /** What it says that it is: anybody can say so. Undefined as long as it has said nothing. */
  readonly plate?: Plate;
}

/** Serial number and UUID of a machine (SMBIOS type 1); empty where it has none. */
export interface Plate {
  readonly serial: string;
  /** In small letters. */
  readonly uuid: string;
}

/** Something that was seen of a machine: by its hardware address, its address, or both. */
export interface Sighting {
  readonly mac?: string | undefined;
  readonly address?: string | undefined;
  readonly stage: Stage;
  readonly plate?: Plate;
}

/** More than these are no machines of a site; the oldest make room. */
const MOST = 4096;

/** The machines that were seen, the first one first. */
export class Clients {
  readonly #byId = new Map<string, Client>();

  get all(): readonly Client[] {
    return [...this.#byId.values()];
  }

  /** Notes what was seen; returns the machine if it is at another stage than before. */
  see({ mac, address, stage, plate }: Sighting): Client | undefined {
    const id = mac ?? this.#idAt(address) ?? address;
    if (id === undefined) return undefined;
    const before = this.#byId.get(id);
    if (this.#byId.size >= MOST && before === undefined) {
      for (const oldest of [...this.#byId.keys()].slice(0, 1)) this.#byId.delete(oldest);
    }
    const known = plate ?? before?.plate;
    const client = {
      ...{ id, address: address ?? before?.address, stage },
      ...(known && { plate: known }),
    };
    this.#byId.set(id, client);
    const isNews = before === undefined || stageText(before.stage) !== stageText(stage);
    return isNews ? client : undefined;
  }

  #idAt(address: string | undefined): string | undefined {
    if (address === undefined) return undefined;
    return [...this.#byId.values()].find((client) => client.address === address)?.id;
  }
}

/** A stage for people. */
export function stageText(stage: Stage): string {
  switch (stage.kind) {
    case 'asks':
      return 'asks for a boot server';
    case 'boot loader':
      return 'gets the boot loader';
    case 'boot script':
      return 'gets the boot script';
    case 'kernel':
      return 'gets the kernel';
    case 'root':
      return stage.percent === 0 ? 'gets the root' : `gets the root: ${stage.percent} %`;
    case 'starts':
      return 'has the root, starts';
    case 'installer files':
      return 'gets what its disk is to start with';
    case 'seed':
      return `has its ${stage.file}`;
    case 'installing':
      return 'has its seed, installs';
    case 'installed':
      return 'is installed';
    case 'from disk':
      return 'is installed, starts from its disk';
    case 'refused':
      return `gets no seed: ${stage.reason}`;
  }
}
