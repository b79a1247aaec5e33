import { KilnError } from '../../report/errors.ts';
import type { Meter, Progress } from '../../report/progress.ts';
import { sha256 } from '../../report/sha256.ts';
import { BOOTSTRAP_DECODER } from '../../tools/xz.ts';
import { ARCHES } from '../arch.ts';
import { fetchAll } from '../store/fetch.ts';
import type { Store, VerifiedPath } from '../store/store.ts';
import { readControl } from '../store/unpack.ts';
import type { ScriptedPackage } from './accounting.ts';
import { type Addresses, readSuites, type SuiteIndexes } from './apt-index.ts';
import type { LockRequest } from './lock-request.ts';
import type { LockedPackage, Lockfile } from './lockfile.ts';
import { readArchiveKeys } from './openpgp.ts';
import { type AvailablePackage, indexPackages } from './package-index.ts';
import { type ResolvedPackage, resolve } from './resolve.ts';
import { SCRIPT_NAMES } from './snippets-known.ts';

/** What a lock is made with. */
export interface LockInput {
  readonly request: LockRequest;
  readonly mirrors: Addresses;
  readonly store: Store;
  /** Directory with the armored keys that may sign package indexes. */
  readonly keysDirectory: string;
  /** Ends the lock when a maintainer script is not accounted for; left out for what is never installed. */
  readonly account?: (packages: readonly ScriptedPackage[]) => Promise<void> | void;
  /** The lock that is renewed; an index older than its own is refused. Left out to allow one. */
  readonly previous?: Lockfile | undefined;
  readonly now: Date;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves a definition to exact packages: verified indexes → packages with reasons → their control
 * archives → maintainer scripts accounted for.
 * Throws DiagnosticsError for wishes that cannot be met, KilnError `lock` for unknown scripts,
 * `verification` and `download` for what mirrors do wrong.
 */
export async function makeLock(input: LockInput): Promise<Lockfile> {
  const { request, progress } = input;
  const { indexes, packages } = await progress.step('Reading package indexes', (meter) =>
    readIndexes(input, meter),
  );
  input.signal?.throwIfAborted();
  const resolved = await progress.step('Resolving packages', async () =>
    resolvePackages(request, packages),
  );
  const fetched = await fetchDebs(resolved, input);
  const scripted = await progress.step('Reading maintainer scripts', (meter) =>
    readScripts(fetched, meter, input.signal),
  );
  await input.account?.(scripted);
  return {
    version: 1,
    arch: request.arch,
    definition: { file: request.file, sha256: request.checksum },
    epoch: Math.max(...indexes.map((index) => index.date)),
    indexes,
    packages: fetched.map((each, i) => lockedPackage(each, scripted[i]?.scripts ?? {})),
  };
}

/** A package with its file in the store. */
interface FetchedPackage extends ResolvedPackage {
  readonly deb: VerifiedPath;
}

async function readIndexes(input: LockInput, meter: Meter): Promise<SuiteIndexes> {
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

function resolvePackages(
  request: LockRequest,
  packages: readonly AvailablePackage[],
): readonly ResolvedPackage[] {
  const resolution = resolve({
    wanted: request.wanted,
    omitted: request.omitted,
    index: indexPackages(packages),
    architecture: ARCHES[request.arch].debian,
  });
  switch (resolution.kind) {
    case 'resolved':
      return resolution.packages;
    case 'failed':
      return request.fail(resolution.diagnostics);
  }
}

/** The packages' files, in the order of the packages. */
function fetchDebs(
  resolved: readonly ResolvedPackage[],
  { mirrors, store, progress, signal }: LockInput,
): Promise<readonly FetchedPackage[]> {
  return progress.step('Fetching packages', async (meter) => {
    const wanted = resolved.map(({ package: { name, version, archive, path, ...file } }) => ({
      name: `${name} ${version}`,
      sha256: file.sha256,
      sizeBytes: file.sizeBytes,
      urls: mirrors.urlsFor(archive, path),
    }));
    const paths = await fetchAll(wanted, store, { progress: meter, ...(signal && { signal }) });
    return resolved.flatMap((each) => {
      const deb = paths.get(each.package.sha256);
      return deb === undefined ? [] : [{ ...each, deb }];
    });
  });
}

/** The maintainer scripts of each package, in the order of the packages. */
async function readScripts(
  fetched: readonly FetchedPackage[],
  meter: Meter,
  signal: AbortSignal | undefined,
): Promise<readonly ScriptedPackage[]> {
  meter.expect(fetched.length);
  const scripted: ScriptedPackage[] = [];
  for (const { package: expected, deb } of fetched) {
    signal?.throwIfAborted();
    const { control, controlFiles } = await readControl(deb, BOOTSTRAP_DECODER);
    checkIdentity(expected, control);
    const { name, version } = expected;
    const scripts = SCRIPT_NAMES.flatMap((script) => {
      const text = controlFiles[script];
      return text === undefined ? [] : [[script, text] as const];
    });
    scripted.push({ name, version, scripts: Object.fromEntries(scripts) });
    meter.advance(1);
  }
  return scripted;
}

/** An archive whose index and packages disagree is damaged, even though each is as it was signed. */
function checkIdentity(
  expected: AvailablePackage,
  control: Readonly<Record<string, string>>,
): void {
  const { Package: name, Version: version, Architecture: architecture } = control;
  const agrees =
    name === expected.name &&
    version === expected.version &&
    architecture === expected.architecture;
  if (agrees) return;
  throw new KilnError(
    'verification',
    `${expected.path} is ${name} ${version} (${architecture}), but the index of ${expected.suite} calls it ` +
      `${expected.name} ${expected.version} (${expected.architecture})`,
  );
}

function lockedPackage(
  { package: available, because }: ResolvedPackage,
  scripts: Readonly<Record<string, string>>,
): LockedPackage {
  const { name, version, architecture, archive, suite, path, sizeBytes } = available;
  const digests = Object.entries(scripts).map(([script, text]) => [script, sha256(text)] as const);
  return {
    name,
    version,
    architecture,
    archive,
    suite,
    path,
    sizeBytes,
    sha256: available.sha256,
    scripts: Object.fromEntries(digests),
    because,
  };
}
