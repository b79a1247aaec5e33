import { availableParallelism } from 'node:os';
import type { LockedPackage } from '../image/lock/lockfile.ts';
import { fetchAll } from '../image/store/fetch.ts';
import type { VerifiedPath } from '../image/store/store.ts';
import { KilnError } from '../report/errors.ts';
import type { Meter } from '../report/progress.ts';
import { Scratch } from '../report/scratch.ts';
import type { Sha256 } from '../report/sha256.ts';
import { inParallel } from '../report/together.ts';
import { installPackage, type Link, makeLinks } from './install.ts';
import type { ToolboxInput } from './open-toolbox.ts';
import { toolboxAt } from './toolbox.ts';
import { BOOTSTRAP_DECODER, toolboxDecoder, type XzDecoder } from './xz.ts';

/** What `xz` needs to run. */
const BOOTSTRAP = ['libc6', 'liblzma5', 'xz-utils'];

type Packages = ReadonlyMap<Sha256, VerifiedPath>;

/**
 * Fetches the packages of the toolbox and unpacks them into a directory. Nothing but Node is needed for
 * that: a decoder in WebAssembly unpacks `xz`, which unpacks the rest.
 */
export async function fillToolbox(directory: string, input: ToolboxInput): Promise<void> {
  const packages = await fetchTools(input);
  await input.progress.step('Unpacking tools', (meter) =>
    install(directory, packages, input, meter),
  );
}

function fetchTools({
  lockfile,
  store,
  mirrors,
  progress,
  signal,
}: ToolboxInput): Promise<Packages> {
  return progress.step('Fetching tools', async (meter) => {
    const { urlsFor } = await mirrors();
    const wanted = lockfile.packages.map(({ name, version, sha256, sizeBytes, archive, path }) => ({
      name: `${name} ${version}`,
      sha256,
      sizeBytes,
      urls: urlsFor(archive, path),
    }));
    return fetchAll(wanted, store, { progress: meter, ...(signal && { signal }) });
  });
}

async function install(
  directory: string,
  packages: Packages,
  { lockfile, signal }: ToolboxInput,
  meter: Meter,
): Promise<void> {
  await using scratch = await Scratch.create('bootstrap');
  await installAll(
    lockfile.packages.filter(isBootstrap),
    packages,
    BOOTSTRAP_DECODER,
    scratch.path,
    () => signal?.throwIfAborted(),
  );
  const decoder = toolboxDecoder(toolboxAt(scratch.path, lockfile.arch, ''), signal);
  meter.expect(lockfile.packages.reduce((sum, locked) => sum + locked.sizeBytes, 0));
  await installAll(lockfile.packages, packages, decoder, directory, (locked) => {
    signal?.throwIfAborted();
    meter.note(locked.name);
    meter.advance(locked.sizeBytes);
  });
}

function isBootstrap(locked: LockedPackage): boolean {
  return BOOTSTRAP.includes(locked.name);
}

/** Several packages at a time: a decoder and Node keep one core each busy. */
async function installAll(
  locked: readonly LockedPackage[],
  packages: Packages,
  xz: XzDecoder,
  root: string,
  done: (locked: LockedPackage) => void = () => {},
): Promise<void> {
  const links: Link[] = [];
  await inParallel(locked, availableParallelism(), async (next) => {
    links.push(...(await installOne(next, packages, xz, root)));
    done(next);
  });
  await makeLinks(root, links);
}

function installOne(
  { name, version, sha256 }: LockedPackage,
  packages: Packages,
  xz: XzDecoder,
  root: string,
): Promise<readonly Link[]> {
  const deb = packages.get(sha256);
  if (deb === undefined) throw new KilnError('download', `${name} ${version} was not fetched`);
  return installPackage(deb, `${name} ${version}`, xz, root);
}
