import { type Loaded, type Reading, readDefinition } from '../image/definition/load.ts';
import { findLock } from '../image/lock/obtain-lock.ts';
import type { Findings } from '../image/references/find-bad-references.ts';
import type { Library } from '../image/references/library.ts';
import type { DebFile } from '../image/store/packages.ts';
import { type Diagnostic, joinFindings } from '../report/diagnostic.ts';
import type { KilnError } from '../report/errors.ts';
import type { Locksmith } from './locksmith.ts';
import type { Session } from './options.ts';
import { type OverrideOptions, overridesOf } from './overrides.ts';

// What looks references up is loaded only when something is wrong: a build that has nothing to do has no time for it.

/**
 * Reads an image file that has to be right. One in which something is wrong is also compared with the package
 * indexes and the kernel, so that all of it is said at once.
 */
export async function loadImage(
  image: string,
  options: OverrideOptions,
  locksmith: Locksmith,
): Promise<Loaded> {
  const reading = await readDefinition(image, { overrides: overridesOf(options) });
  const { definition, sources, diagnostics } = reading;
  if (definition) return { definition, sources };
  const found = await lookUp(reading, async () => locksmith);
  warnOf(found.obstacle, locksmith.session);
  return sources.fail(joinFindings(diagnostics, found.diagnostics));
}

/** Packages and kernel modules that an image file names and that do not exist. */
export async function lookUp(
  reading: Reading,
  openLocksmith: () => Promise<Locksmith>,
): Promise<Findings> {
  const { findBadReferences } = await import('../image/references/find-bad-references.ts');
  const { file, draft } = reading;
  return await findBadReferences(reading, async () =>
    libraryOf(file, draft.mirrors ?? [], await openLocksmith()),
  );
}

/** For a lock that fails: what the kernel among the packages that it would have had does not have. */
export async function lookUpModules(
  { definition, sources }: Loaded,
  packages: readonly DebFile[],
  locksmith: Locksmith,
): Promise<readonly Diagnostic[]> {
  const references = await import('../image/references/find-bad-references.ts');
  const { file, mirrors } = definition;
  const library = libraryOf(file, mirrors, locksmith);
  const wishes = { file, draft: definition, sources };
  const { diagnostics, obstacle } = await references.lookUpModules(wishes, packages, library);
  warnOf(obstacle, locksmith.session);
  return diagnostics;
}

/** Says beside other errors that there may be more. */
export function warnOf(obstacle: KilnError | undefined, { progress, signal }: Session): void {
  signal.throwIfAborted();
  if (obstacle === undefined) return;
  progress.warn(`not all packages and kernel modules could be looked up: ${obstacle.message}`);
}

function libraryOf(
  file: string,
  mirrors: readonly string[],
  { workspace, store, session }: Locksmith,
): Library {
  return {
    store,
    findLock: async () => (await findLock(file, session.env)).lock,
    findMirrors: () => workspace.mirrors(mirrors),
    keysDirectory: workspace.keysDirectory,
    ...session,
  };
}
