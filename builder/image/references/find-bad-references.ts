import type { Diagnostic } from '../../report/diagnostic.ts';
import { KilnError } from '../../report/errors.ts';
import { hostFault } from '../../report/host-fault.ts';
import type { Reading } from '../definition/load.ts';
import { type LockRequest, requestOfDraft } from '../lock/lock-request.ts';
import { isStale } from '../lock/obtain-lock.ts';
import { resolveRequest } from '../lock/resolve-request.ts';
import type { DebFile } from '../store/packages.ts';
import { findBadModules, type ModuleWishes } from './find-bad-modules.ts';
import type { Library } from './library.ts';

/** What looking up has found. */
export interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  /** Why not everything could be looked up. */
  readonly obstacle?: KilnError;
}

/**
 * The packages and kernel modules that an image file names and that do not exist, whatever else is wrong in
 * it. While its lock fits it, the packages are known to exist, and no index is read.
 */
export async function findBadReferences(
  reading: Reading,
  openLibrary: () => Promise<Library>,
): Promise<Findings> {
  const request = requestOfDraft(reading);
  if (request === undefined) return { diagnostics: [] };
  return await attempt(async () => {
    const library = await openLibrary();
    const lock = await library.findLock();
    if (lock !== undefined && !isStale(lock, request)) {
      return await lookUpModules(reading, lock.packages, library);
    }
    return await lookUpAll(reading, request, library);
  });
}

/** The kernel modules that an image file names and that the kernel among these packages does not have. */
export function lookUpModules(
  wishes: ModuleWishes,
  packages: readonly DebFile[],
  library: Library,
): Promise<Findings> {
  return attempt(async () => ({ diagnostics: await findBadModules(wishes, packages, library) }));
}

async function lookUpAll(
  reading: Reading,
  request: LockRequest,
  library: Library,
): Promise<Findings> {
  const mirrors = await library.findMirrors();
  const { resolution } = await resolveRequest({ ...library, request, mirrors });
  const packages = resolution.packages.map((each) => each.package);
  const modules = await lookUpModules(reading, packages, library);
  if (resolution.kind === 'resolved') return modules;
  return { ...modules, diagnostics: [...resolution.diagnostics, ...modules.diagnostics] };
}

/** A mirror that is down must not hide what is found without it. */
async function attempt(look: () => Promise<Findings>): Promise<Findings> {
  try {
    return await look();
  } catch (error) {
    const obstacle = hostFault(error);
    if (obstacle instanceof KilnError) return { diagnostics: [], obstacle };
    throw error;
  }
}
