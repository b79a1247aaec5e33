import { availableParallelism } from 'node:os';
import type { Meter, Progress } from '../../report/progress.ts';
import type { Sha256 } from '../../report/sha256.ts';
import { inParallel } from '../../report/together.ts';
import type { XzDecoder } from '../../tools/xz.ts';
import type { Mirrors } from './mirrors.ts';
import { type DebFile, fetchPackages } from './packages.ts';
import type { Store, VerifiedPath } from './store.ts';
import { unpackPackage } from './unpack.ts';
import type { UnpackedPackage } from './unpacked.ts';

/** A package, verified and taken apart. */
export interface OpenPackage {
  /** Of the package file. */
  readonly sha256: Sha256;
  readonly unpacked: UnpackedPackage;
}

/** What packages are opened with. */
export interface PackageSource {
  readonly store: Store;
  /** Asked only when a package is missing in the store. */
  readonly findMirrors: () => Promise<Mirrors>;
  readonly decoder: XzDecoder;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The packages, in their order: fetched when they are missing, taken apart the first time. */
export async function openPackages(
  packages: readonly DebFile[],
  source: PackageSource,
): Promise<readonly OpenPackage[]> {
  const { store, findMirrors, progress, signal } = source;
  const debs = await progress.step('Fetching packages', (meter) =>
    fetchPackages(packages, store, findMirrors, { progress: meter, signal }),
  );
  return await progress.step('Opening packages', (meter) => openAll(packages, debs, source, meter));
}

/** One package for each core at a time: most of the first time's work is in decoders of their own. */
async function openAll(
  locked: readonly DebFile[],
  debs: ReadonlyMap<Sha256, VerifiedPath>,
  { store, decoder, signal }: PackageSource,
  meter: Meter,
): Promise<readonly OpenPackage[]> {
  meter.expect(locked.reduce((sum, each) => sum + each.sizeBytes, 0));
  const opened = new Map<Sha256, OpenPackage>();
  const largestFirst = [...locked].sort((a, b) => b.sizeBytes - a.sizeBytes);
  await inParallel(largestFirst, availableParallelism(), async (each) => {
    const { name, sha256, sizeBytes } = each;
    signal.throwIfAborted();
    const deb = debs.get(sha256);
    if (deb === undefined) throw new Error(`${name} was not fetched`);
    meter.note(name);
    opened.set(sha256, { sha256, unpacked: await unpackPackage(deb, sha256, store, decoder) });
    meter.advance(sizeBytes);
  });
  return locked.flatMap(({ sha256 }) => opened.get(sha256) ?? []);
}
