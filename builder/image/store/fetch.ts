import { KilnError } from '../../report/errors.ts';
import type { Meter } from '../../report/progress.ts';
import type { Sha256 } from '../../report/sha256.ts';
import {
  Exhausted,
  Health,
  interrupted,
  PATIENCE,
  type Patience,
  pause,
  tryAddresses,
} from './attempts.ts';
import { download } from './download.ts';
import { Failure } from './failure.ts';
import { httpGet, publicUrl } from './http.ts';
import { Lock } from './locks.ts';
import type { Store, VerifiedPath, Wanted } from './store.ts';
import { Tally } from './tally.ts';
import { Troubles } from './troubles.ts';
import { unreachable } from './unreachable.ts';

const PARALLEL = 6;

/** How often to look whether another process has finished a download, in milliseconds. */
const POLL_MS = 100;

const TEXT_LIMIT_BYTES = 4 * 1024 * 1024;

export interface FetchOptions {
  readonly progress: Meter;
  readonly signal?: AbortSignal;
  /** How many downloads run at the same time. */
  readonly parallel?: number;
  readonly patience?: Patience;
  /** Where proxies are named; the process's own environment by default. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface FetchTextOptions extends Omit<FetchOptions, 'progress' | 'parallel'> {
  /** For messages: what is being fetched. */
  readonly name?: string;
  readonly limitBytes?: number;
  /** Looks at the document; when it throws a KilnError, the next address is asked. */
  readonly check?: (document: Buffer, url: string) => Promise<void> | void;
  readonly onFailure?: (url: string, failure: Failure) => void;
}

/**
 * Makes sure that all files are in the store and verified, downloading what is missing, several at
 * a time. The first file that no address has stops everything; what was downloaded is kept.
 * Throws KilnError `download`, `verification` (addresses had other bytes), `host` or `interrupted`.
 */
export async function fetchAll(
  wanted: readonly Wanted[],
  store: Store,
  options: FetchOptions,
): Promise<ReadonlyMap<Sha256, VerifiedPath>> {
  const found = new Map<Sha256, VerifiedPath>();
  const missing = new Map<Sha256, Wanted>();
  for (const file of wanted) {
    if (options.signal?.aborted) throw interrupted(options.signal);
    const path = await store.get(file.sha256);
    if (path === undefined) missing.set(file.sha256, file);
    else found.set(file.sha256, path);
  }
  if (missing.size === 0) return found;
  const queue = [...missing.values()];
  const work = new FetchWork(store, options, queue);
  await work.inParallel(queue, options.parallel ?? PARALLEL, async (file) => {
    found.set(file.sha256, await work.fetchOne(file));
  });
  return found;
}

/**
 * Fetches a small document that carries its own proof, or needs none. Throws the error of `check`
 * for the most preferred address if no document was good, KilnError `download` if none came.
 */
export async function fetchText(
  urls: readonly string[],
  options: FetchTextOptions = {},
): Promise<Buffer> {
  const { env = process.env, limitBytes = TEXT_LIMIT_BYTES, patience = PATIENCE } = options;
  const signal = options.signal ?? new AbortController().signal;
  const attempt = async (url: string): Promise<Buffer> => {
    const answer = await httpGet(url, { signal, env, stallMs: patience.stallMs });
    const document = await readLimited(answer.body, limitBytes);
    await checked(() => options.check?.(document, url));
    return document;
  };
  try {
    const { onFailure } = options;
    return await tryAddresses(urls, attempt, {
      ...{ patience, signal, health: new Health() },
      ...(onFailure && { onFailure }),
    });
  } catch (error) {
    if (!(error instanceof Exhausted)) throw error;
    throw refusal(error) ?? unreachable(options.name ?? 'the document', error);
  }
}

/** One call of `fetchAll`. */
class FetchWork {
  readonly #store: Store;
  readonly #options: FetchOptions;
  readonly #health = new Health();
  readonly #troubles = new Troubles();
  readonly #tally: Tally;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;

  constructor(store: Store, options: FetchOptions, files: readonly Wanted[]) {
    this.#store = store;
    this.#options = options;
    this.#tally = new Tally(options.progress, files);
    this.#signal = AbortSignal.any([
      this.#stop.signal,
      ...(options.signal ? [options.signal] : []),
    ]);
  }

  /** Starts a few workers on the queue; the first error stops all of them and is thrown. */
  async inParallel(
    queue: readonly Wanted[],
    parallel: number,
    handle: (file: Wanted) => Promise<void>,
  ): Promise<void> {
    const next = queue.values();
    const worker = async (): Promise<void> => {
      for (const file of next) await handle(file);
    };
    const errors: unknown[] = [];
    const failed = (error: unknown): void => {
      errors.push(error);
      this.#stop.abort();
    };
    const workers = Array.from({ length: parallel }, () => worker().catch(failed));
    await Promise.all(workers);
    if (this.#options.signal?.aborted) throw interrupted(this.#options.signal);
    if (errors.length > 0) throw errors[0];
    this.#troubles.tell(this.#store.warn);
  }

  /** Fetches one file, or waits while another process is fetching it. */
  async fetchOne(file: Wanted): Promise<VerifiedPath> {
    for (;;) {
      await using lock = await Lock.tryTake(this.#store.layout.lockOf(file.sha256));
      const present = await this.#store.get(file.sha256);
      if (present !== undefined) {
        this.#tally.complete(file);
        return present;
      }
      if (lock !== undefined) return await this.#download(file);
      this.#options.progress.note(`${file.name}: waiting for another build`);
      await pause(POLL_MS, this.#signal);
    }
  }

  async #download(file: Wanted): Promise<VerifiedPath> {
    const { progress, env = process.env, patience = PATIENCE } = this.#options;
    progress.note(file.name);
    try {
      const path = await download(file, this.#store, {
        patience,
        env,
        health: this.#health,
        signal: this.#signal,
        onProgress: (bytes, total) => this.#tally.reached(file, bytes, total),
        onFailure: (url, failure) => {
          this.#troubles.note(url, failure);
          progress.note(`${publicUrl(url)}: ${failure.message}`);
        },
      });
      this.#tally.complete(file);
      return path;
    } catch (error) {
      throw error instanceof Exhausted ? unreachable(file.name, error, file.sha256) : error;
    }
  }
}

async function readLimited(body: AsyncIterable<Buffer>, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes)
      throw new Failure('permanent', `is longer than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function checked(check: () => Promise<void> | void): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    throw new Failure('permanent', error.message, { cause: error });
  }
}

function refusal(exhausted: Exhausted): KilnError | undefined {
  const causes = [...exhausted.failures.values()].map((failure) => failure.cause);
  return causes.find((cause) => cause instanceof KilnError);
}
