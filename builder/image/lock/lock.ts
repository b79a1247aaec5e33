import { type Diagnostic, joinFindings } from '../../report/diagnostic.ts';
import { KilnError } from '../../report/errors.ts';
import type { Meter } from '../../report/progress.ts';
import { sha256 } from '../../report/sha256.ts';
import { BOOTSTRAP_DECODER } from '../../tools/xz.ts';
import { fetchAll } from '../store/fetch.ts';
import type { VerifiedPath } from '../store/store.ts';
import { readControl } from '../store/unpack.ts';
import type { ScriptedPackage } from './accounting.ts';
import type { LockedPackage, Lockfile } from './lockfile.ts';
import type { AvailablePackage } from './package-index.ts';
import type { FailedResolution, ResolvedPackage } from './resolve.ts';
import { type ResolveRequestInput, resolveRequest } from './resolve-request.ts';
import { SCRIPT_NAMES } from './snippets-known.ts';

/** What a lock is made with. */
export interface LockInput extends ResolveRequestInput {
  /** Ends the lock when a maintainer script is not accounted for; left out for what is never installed. */
  readonly account?: (packages: readonly ScriptedPackage[]) => Promise<void> | void;
  /** Asked when wishes cannot be met: what else is wrong with the definition, now that its packages are known. */
  readonly alsoWrong?: (packages: readonly AvailablePackage[]) => Promise<readonly Diagnostic[]>;
}

/**
 * Resolves a definition to exact packages: verified indexes → packages with reasons → their control
 * archives → maintainer scripts accounted for.
 * Throws DiagnosticsError for wishes that cannot be met, KilnError `lock` for unknown scripts,
 * `verification` and `download` for what mirrors do wrong.
 */
export async function makeLock(input: LockInput): Promise<Lockfile> {
  const { request, progress } = input;
  const { indexes, resolution } = await resolveRequest(input);
  if (resolution.kind === 'failed') return await fail(resolution, input);
  const fetched = await fetchDebs(resolution.packages, input);
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

async function fail(
  { diagnostics, packages }: FailedResolution,
  { request, alsoWrong }: LockInput,
): Promise<never> {
  const others = await alsoWrong?.(packages.map((each) => each.package));
  return request.fail(joinFindings(diagnostics, others ?? []));
}

/** A package with its file in the store. */
interface FetchedPackage extends ResolvedPackage {
  readonly deb: VerifiedPath;
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
