import type { Definition } from './definition/definition.ts';
import { type K0sBinary, resolveK0s } from './k0s/resolve.ts';
import { type Inputs, inputsKey } from './release/manifest.ts';
import { type Release, releaseDirectory } from './release/seal.ts';
import { findUpToDate } from './release/up-to-date.ts';
import type { LockedImage, Workspace } from './workspace.ts';

// What is done before it is known whether there is anything to do; as little code as possible, for that is the
// usual case while somebody works on something else.

/** The k0s binary that the definition names. */
export async function fetchK0s(
  { definition }: LockedImage,
  { store, env, signal, progress }: Workspace,
): Promise<K0sBinary> {
  return await progress.step('Getting k0s', (meter) =>
    resolveK0s(definition.k0s, definition.arch, store, { progress: meter, signal, env }),
  );
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
