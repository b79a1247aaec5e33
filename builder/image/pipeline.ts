import { Scratch } from '../report/scratch.ts';
import { together } from '../report/together.ts';
import { collectInputs } from './release/inputs.ts';
import { type Manifest, makeManifest } from './release/manifest.ts';
import { type Release, sealRelease } from './release/seal.ts';
import {
  chooseKernel,
  composeRoot,
  fetchK0s,
  findRelease,
  type LockedImage,
  makeArtifacts,
  makeBoot,
  makeInitrd,
  makeRootfs,
  openLocked,
} from './stages.ts';
import type { Workspace } from './workspace.ts';

/**
 * Builds an image: from exact packages to a sealed release. A release that was made from the same inputs
 * is left as it is.
 */
export async function buildImage(image: LockedImage, work: Workspace): Promise<Release> {
  const { definition, lock } = image;
  const k0s = await fetchK0s(image, work);
  const inputs = await collectInputs({ ...image, ...work, k0s });
  const upToDate = await findRelease(definition, inputs, work);
  if (upToDate !== undefined) return upToDate;

  const packages = await openLocked(lock, work);
  const kernel = await chooseKernel(image, packages, work);
  const tree = await composeRoot(image, packages, kernel, k0s, work);

  const write = async (directory: string): Promise<Manifest> => {
    await using scratch = await Scratch.create('build', directory);
    const places = { directory, scratch: scratch.path };
    const [rootfs, initrd] = await together([
      makeRootfs(image, tree, inputs, places, work),
      makeInitrd(image, tree, kernel, work),
    ]);
    const boot = await makeBoot(image, { tree, kernel, rootfs, initrd }, places, work);
    const artifacts = await makeArtifacts(image, { tree, rootfs, boot, inputs }, places, work);
    const { files: outputs, table } = artifacts;
    return makeManifest({ definition, epoch: lock.epoch, rootfs, boot, table, outputs, inputs });
  };
  return await sealRelease(work.out, definition, write);
}
