import { Scratch } from '../report/scratch.ts';
import { together } from '../report/together.ts';
import { neededDiskBytes } from './artifacts/slots.ts';
import { fetchK0s, findRelease } from './early-stages.ts';
import { collectInputs } from './release/inputs.ts';
import { type Manifest, makeManifest } from './release/manifest.ts';
import { type Release, sealRelease } from './release/seal.ts';
import type { LockedImage, Workspace } from './workspace.ts';

/**
 * Builds an image: from exact packages to a sealed release. A release that was made from the same inputs
 * is left as it is.
 */
export async function buildImage(image: LockedImage, work: Workspace): Promise<Release> {
  const { definition, lock } = image;
  const files = await fetchK0s(image, work);
  const inputs = await collectInputs({ ...image, ...work, ...files });
  const upToDate = await findRelease(definition, inputs, work);
  if (upToDate !== undefined) return upToDate;

  // Loaded only now: it takes longer than to find that nothing has changed.
  const stages = await import('./stages.ts');
  const packages = await stages.openLocked(lock, work);
  const { kernel, board, tree } = await stages.composeImage(image, packages, files, work);

  const write = async (directory: string): Promise<Manifest> => {
    await using scratch = await Scratch.create('build', directory);
    const places = { directory, scratch: scratch.path };
    const [rootfs, initrds] = await together([
      stages.makeRootfs(image, tree, inputs, places, work),
      stages.makeInitrds(image, tree, kernel, work),
    ]);
    const made = { tree, kernel, board, rootfs, initrds };
    const boot = await stages.makeBoot(image, made, places, work);
    const artifacts = await stages.makeArtifacts(image, { ...made, boot, inputs }, places, work);
    const { files: outputs, table } = artifacts;
    const { cnis } = kernel;
    return makeManifest({
      ...{ definition, epoch: lock.epoch, rootfs, boot, table, cnis, outputs, inputs },
      neededBytes: neededDiskBytes(definition, table),
    });
  };
  return await sealRelease(work.out, definition, write);
}
