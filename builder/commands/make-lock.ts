import type { Loaded } from '../image/definition/load.ts';
import { loadToolsDefinition } from '../image/definition/tools-schema.ts';
import { accountForScripts, type ScriptedPackage } from '../image/lock/accounting.ts';
import { assertAccounted, describeStale } from '../image/lock/accounting-message.ts';
import type { LockInput } from '../image/lock/lock.ts';
import { requestOfImage, requestOfTools } from '../image/lock/lock-request.ts';
import type { Lockfile } from '../image/lock/lockfile.ts';
import { loadReviewedScripts } from '../image/lock/maintscripts.ts';
import { obtainToolsLock } from '../image/lock/obtain-lock.ts';
import { hostArch } from '../tools/toolbox.ts';
import { lookUpModules } from './load-image.ts';
import type { Locksmith } from './locksmith.ts';
import type { Session } from './options.ts';

/**
 * Resolves an image and accounts for its maintainer scripts; writes nothing. `previous` is the lock
 * that is renewed: indexes older than its own are refused.
 */
export async function makeImageLock(
  loaded: Loaded,
  previous: Lockfile | undefined,
  locksmith: Locksmith,
): Promise<Lockfile> {
  const { workspace, store, session } = locksmith;
  const { keysDirectory, reviewedScripts } = workspace;
  return resolveLock({
    request: requestOfImage(loaded),
    mirrors: await workspace.mirrors(loaded.definition.mirrors),
    store,
    keysDirectory,
    account: (packages) => account(packages, reviewedScripts, session),
    alsoWrong: (packages) => lookUpModules(loaded, packages, locksmith),
    previous,
    ...session,
  });
}

/** The lock of Kiln's own tools for this machine: read, or made when images/tools.yaml has changed. */
export async function toolsLock({ workspace, store, session }: Locksmith): Promise<Lockfile> {
  const { toolsFile, keysDirectory } = workspace;
  const request = requestOfTools(await loadToolsDefinition(toolsFile), hostArch());
  return obtainToolsLock(toolsFile, request, session.env, (previous) =>
    session.progress.step('Locking tools', async () => {
      const mirrors = await workspace.mirrors([]);
      return resolveLock({ request, mirrors, store, keysDirectory, previous, ...session });
    }),
  );
}

/** Loaded only when a lock is made: a build that finds its locks has no use for half of Kiln. */
async function resolveLock(input: LockInput): Promise<Lockfile> {
  const { makeLock } = await import('../image/lock/lock.ts');
  return makeLock(input);
}

async function account(
  packages: readonly ScriptedPackage[],
  listPath: string,
  { progress }: Session,
): Promise<void> {
  const accounting = accountForScripts(packages, await loadReviewedScripts(listPath));
  assertAccounted(accounting, listPath);
  for (const entry of accounting.stale) progress.warn(describeStale(entry, listPath));
}
