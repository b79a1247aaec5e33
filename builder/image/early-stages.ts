import type { Definition } from './definition/definition.ts';
import { resolveAirgap } from './k0s/airgap.ts';
import type { K0sFiles } from './k0s/entry.ts';
import { resolveK0s } from './k0s/resolve.ts';
import { type Inputs, inputsKey } from './release/manifest.ts';
import { type Release, releaseDirectory } from './release/seal.ts';
import { findUpToDate } from './release/up-to-date.ts';
import type { LockedImage, Workspace } from './workspace.ts';

// What is done before it is known whether there is anything to do; as little code as possible, for that is the
// usual case while somebody works on something else.

/** The k0s binary that the definition names, and the bundle of container images, if it names one. */
export async function fetchK0s(
  { definition: { k0s, airgap, arch } }: LockedImage,
  { store, toolbox, env, signal, progress }: Workspace,
): Promise<K0sFiles> {
  const binary = await progress.step('Getting k0s', (meter) =>
    resolveK0s(k0s, arch, store, { progress: meter, toolbox, signal, env }),
  );
  if (airgap === undefined) return { k0s: binary, airgap: undefined };
  const bundle = await progress.step('Getting the airgap bundle', (meter) =>
    resolveAirgap(airgap, arch, store, { progress: meter, signal, env }),
  );
  return { k0s: binary, airgap: bundle };
}

/** The release that was made from exactly these inputs, if it is there and nobody touched it. */
export async function findRelease(
  definition: Definition,
  inputs: Inputs,
  { out, progress }: Workspace,
): Promise<Release | undefined> {
  const directory = releaseDirectory(out, definition);
  const manifest = await findUpToDate(directory, inputsKey(inputs));
  if (manifest === undefined) return undefined;
  progress.skip(`Building ${directory}`, 'nothing has changed');
  return { directory, manifest };
}
