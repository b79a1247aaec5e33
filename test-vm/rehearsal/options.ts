/** In which order nodes are switched on. */
export type Order =
  | { readonly kind: 'forward' }
  | { readonly kind: 'reverse' }
  /** The same seed gives the same order. */
  | { readonly kind: 'random'; readonly seed: string }
  /** These first, the others after them. */
  | { readonly kind: 'names'; readonly names: readonly string[] };

/** A plug that is pulled: once all nodes are ready, or so many seconds after the node was switched on. */
export interface Cut {
  readonly node: string;
  readonly afterSeconds?: number;
}

/** What a user may wish of a rehearsal. */
export interface RehearsalOptions {
  readonly order: Order;
  /** Each node is switched on once the one before is ready. */
  readonly isOneByOne: boolean;
  /** Between two nodes that are switched on. */
  readonly delaySeconds: number;
  /** The only nodes that take part; all if empty. */
  readonly only: readonly string[];
  /** Nodes that take part and stay off: the others shall miss them. */
  readonly without: readonly string[];
  readonly cuts: readonly Cut[];
  /** Leaves the real network open to the nodes. */
  readonly isOnline: boolean;
  readonly timeoutSeconds?: number;
  /** For every node, in place of what its role has. */
  readonly memoryMiB?: number;
  readonly cpus?: number;
}

/** Reads `forward`, `reverse`, `random:<seed>` or names with commas; undefined for anything else. Pure. */
export function parseOrder(text: string): Order | undefined {
  if (text === 'forward' || text === 'reverse') return { kind: text };
  const seed = /^random:(.+)$/.exec(text)?.[1];
  if (seed !== undefined) return { kind: 'random', seed };
  const names = parseNames(text);
  return names === undefined ? undefined : { kind: 'names', names };
}

/** Reads names with commas between them; undefined when there is none, or one is empty. Pure. */
export function parseNames(text: string): readonly string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  return names.every((name) => /^[a-z0-9-]+$/.test(name)) ? names : undefined;
}

/** Reads `NODE` or `NODE@SECONDS`; undefined for anything else. Pure. */
export function parseCut(text: string): Cut | undefined {
  const [, node, seconds] = /^([a-z0-9-]+)(?:@(\d{1,5}))?$/.exec(text) ?? [];
  if (node === undefined) return undefined;
  return seconds === undefined ? { node } : { node, afterSeconds: Number(seconds) };
}
