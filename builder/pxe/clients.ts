/** How far a machine has come. */
export type Stage =
  | { readonly kind: 'asks' }
  | { readonly kind: 'boot loader' }
  | { readonly kind: 'boot script' }
  | { readonly kind: 'kernel' }
  | { readonly kind: 'root'; readonly percent: number }
  | { readonly kind: 'starts' }
  | { readonly kind: 'seed'; readonly file: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** A machine that boots here. */
export interface Client {
  /** Hardware address, or its address when that one is not known. */
  readonly id: string;
  readonly address: string | undefined;
  readonly stage: Stage;
}

/** Something that was seen of a machine: by its hardware address, its address, or both. */
export interface Sighting {
  readonly mac?: string | undefined;
  readonly address?: string | undefined;
  readonly stage: Stage;
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
  see({ mac, address, stage }: Sighting): Client | undefined {
    const id = mac ?? this.#idAt(address) ?? address;
    if (id === undefined) return undefined;
    const before = this.#byId.get(id);
    if (this.#byId.size >= MOST && before === undefined) {
      for (const oldest of [...this.#byId.keys()].slice(0, 1)) this.#byId.delete(oldest);
    }
    const client = { id, address: address ?? before?.address, stage };
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
    case 'seed':
      return `has its ${stage.file}`;
    case 'refused':
      return `gets no seed: ${stage.reason}`;
  }
}
