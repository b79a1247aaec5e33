import type { Meter, Progress } from '../../report/progress.ts';
import { BOOTSTRAP_DECODER } from '../../tools/xz.ts';
import { ARCHES } from '../arch.ts';
import type { Store } from '../store/store.ts';
import { type Addresses, readSuites, type SuiteIndexes } from './apt-index.ts';
import type { LockRequest } from './lock-request.ts';
import type { LockedIndex, Lockfile } from './lockfile.ts';
import { readArchiveKeys } from './openpgp.ts';
import { indexPackages } from './package-index.ts';
import { type Resolution, resolve } from './resolve.ts';

/** What a request is resolved with. */
export interface ResolveRequestInput {
  readonly request: LockRequest;
  readonly mirrors: Addresses;
  readonly store: Store;
  /** Directory with the armored keys that may sign package indexes. */
  readonly keysDirectory: string;
  /** The lock that is renewed; an index older than its own is refused. Left out to allow one. */
  readonly previous?: Lockfile | undefined;
  readonly now: Date;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the verified package indexes, and finds in them what a request asks for.
 * Throws KilnError `verification` and `download` for what mirrors do wrong.
 */
export async function resolveRequest(
  input: ResolveRequestInput,
): Promise<{ readonly indexes: readonly LockedIndex[]; readonly resolution: Resolution }> {
  const { request, progress, signal } = input;
  const { indexes, packages } = await progress.step('Reading package indexes', (meter) =>
    readIndexes(input, meter),
  );
  signal?.throwIfAborted();
  const resolution = await progress.step('Resolving packages', async () =>
    resolve({
      wanted: request.wanted,
      omitted: request.omitted,
      index: indexPackages(packages),
      architecture: ARCHES[request.arch].debian,
    }),
  );
  return { indexes, resolution };
}

async function readIndexes(input: ResolveRequestInput, meter: Meter): Promise<SuiteIndexes> {
  const { request, mirrors, store, keysDirectory, previous, now, signal } = input;
  return readSuites(request.suites, ARCHES[request.arch].debian, {
    mirrors,
    store,
    keys: await readArchiveKeys(keysDirectory),
    xz: BOOTSTRAP_DECODER,
    now,
    previous: previous?.indexes ?? [],
    progress: meter,
    signal,
  });
}
