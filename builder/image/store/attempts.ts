import { setTimeout as delay } from 'node:timers/promises';
import { KilnError } from '../../report/errors.ts';
import { Failure } from './failure.ts';

/** How patient downloads are. */
export interface Patience {
  /** How often all addresses are tried, one after the other. */
  readonly rounds: number;
  /** Pause before the second round, in milliseconds; doubled before each further one. */
  readonly pauseMs: number;
  /** How long to wait for the next byte, in milliseconds. */
  readonly stallMs: number;
}

export const PATIENCE: Patience = { rounds: 5, pauseMs: 500, stallMs: 30_000 };

/** So often an address may deliver the wrong bytes: once may be the cable, twice is the mirror. */
const MAX_WRONG = 2;

/** After so many failures in a row a server is asked last. */
const UNHEALTHY = 2;

/** Remembers which servers do not answer, so that not each file waits for a dead one. */
export class Health {
  readonly #failures = new Map<string, number>();

  /** The addresses with those of unhealthy servers last, otherwise in the given order. */
  order(urls: readonly string[]): readonly string[] {
    return [...urls].sort((a, b) => Number(this.#isUnhealthy(a)) - Number(this.#isUnhealthy(b)));
  }

  record(url: string, failure: Failure | undefined): void {
    const { origin } = new URL(url);
    if (failure === undefined) this.#failures.delete(origin);
    else if (failure.kind === 'transient') {
      this.#failures.set(origin, (this.#failures.get(origin) ?? 0) + 1);
    }
  }

  #isUnhealthy(url: string): boolean {
    return (this.#failures.get(new URL(url).origin) ?? 0) >= UNHEALTHY;
  }
}

export interface AttemptOptions {
  readonly patience: Patience;
  readonly health: Health;
  readonly signal: AbortSignal;
  /** Whether the attempts since the last call brought new bytes: then patience starts anew. */
  readonly hasAdvanced?: () => boolean;
  readonly onFailure?: (url: string, failure: Failure) => void;
}

/** All addresses failed; the last reason of each, in order of preference. */
export class Exhausted extends Error {
  readonly failures: ReadonlyMap<string, Failure>;

  constructor(failures: ReadonlyMap<string, Failure>) {
    super('no address worked');
    this.name = 'Exhausted';
    this.failures = failures;
  }

  /** Whether an address delivered something else than what was asked for. */
  get isMismatch(): boolean {
    return [...this.failures.values()].some((failure) => failure.kind === 'wrong');
  }
}

/** Tries the addresses in rounds until one attempt succeeds. Throws Exhausted when none does. */
export async function tryAddresses<T>(
  urls: readonly string[],
  attempt: (url: string) => Promise<T>,
  options: AttemptOptions,
): Promise<T> {
  const { patience, health, signal } = options;
  const failures = new Map<string, Failure>();
  const wrong = new Map<string, number>();
  let left = [...new Set(urls)];
  for (let round = 0; left.length > 0 && round < patience.rounds; round += 1) {
    if (round > 0) await pause(patience.pauseMs * 2 ** (round - 1), signal);
    for (const url of health.order(left)) {
      const result = await outcome(() => attempt(url), signal);
      if ('value' in result) {
        health.record(url, undefined);
        return result.value;
      }
      failures.set(url, result.failure);
      health.record(url, result.failure);
      options.onFailure?.(url, result.failure);
      if (result.failure.kind === 'wrong') wrong.set(url, (wrong.get(url) ?? 0) + 1);
    }
    left = left.filter(
      (url) => failures.get(url)?.kind !== 'permanent' && (wrong.get(url) ?? 0) < MAX_WRONG,
    );
    if (options.hasAdvanced?.()) round = 0;
  }
  throw new Exhausted(new Map(urls.flatMap((url) => pair(url, failures.get(url)))));
}

/** The error for a command that was told to stop. */
export function interrupted(signal: AbortSignal): KilnError {
  if (signal.reason instanceof KilnError) return signal.reason;
  return new KilnError('interrupted', 'the download was interrupted', {
    hint: 'run the same command again: it goes on where it stopped',
  });
}

/** Waits, but not longer than until the signal. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch {
    throw interrupted(signal);
  }
}

async function outcome<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly value: T } | { readonly failure: Failure }> {
  if (signal.aborted) throw interrupted(signal);
  try {
    return { value: await attempt() };
  } catch (error) {
    if (signal.aborted) throw interrupted(signal);
    if (error instanceof Failure) return { failure: error };
    throw error;
  }
}

function pair(url: string, failure: Failure | undefined): readonly [string, Failure][] {
  return failure === undefined ? [] : [[url, failure]];
}
