import { KilnError } from './errors.ts';

/** What the machine refuses, in words, and what to do about it. */
const FAULTS: Readonly<Record<string, { readonly what: string; readonly hint: string }>> = {
  ENOSPC: {
    what: 'there is no space left on the disk',
    hint: 'make room there; `kiln store gc` removes what no build has used for long',
  },
  EDQUOT: {
    what: "the user's disk quota is used up",
    hint: 'make room there; `kiln store gc` removes what no build has used for long',
  },
  EROFS: {
    what: 'the file system is read-only',
    hint: 'name another place: --out for releases, KILN_STORE for the store, TMPDIR for temporary files',
  },
  EACCES: {
    what: 'permission denied',
    hint: 'check owner and mode of it and of its directory, or name another place: --out for releases, KILN_STORE for the store',
  },
  EPERM: {
    what: 'the operation is not permitted',
    hint: 'check owner and mode of it and of its directory, or name another place: --out for releases, KILN_STORE for the store',
  },
  ENOTDIR: { what: 'there is a file where a directory is needed', hint: 'name another place' },
  EMFILE: { what: 'too many files are open', hint: 'raise the limit: ulimit -n 4096' },
  ENFILE: { what: 'too many files are open on this machine', hint: 'try again later' },
  EIO: { what: 'the disk failed to read or write', hint: 'look at the kernel log, check the disk' },
};

/** What programs write when a disk is full: their locale is C. */
const TOOL_WORDS = /No space left on device|Disk quota exceeded/;

/**
 * An error that is the machine's and neither Kiln's nor the user's, such as a full disk, as a KilnError `host`;
 * any other one as it is. `place` is what was being written, where the error itself does not tell.
 */
export function hostFault(error: unknown, place?: string): unknown {
  if (error instanceof KilnError) {
    const words = error.code === 'tool' ? TOOL_WORDS.exec(error.message)?.[0] : undefined;
    if (words === undefined) return error;
    const code = words.startsWith('Disk quota') ? 'EDQUOT' : 'ENOSPC';
    return faultAt(place, code, error, `\n${error.message}`);
  }
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : place;
  const isFileInTheWay = error.code === 'EEXIST' && error.syscall === 'mkdir';
  return faultAt(path, isFileInTheWay ? 'ENOTDIR' : String(error.code), error, '');
}

function faultAt(path: string | undefined, code: string, cause: Error, details: string): unknown {
  const fault = FAULTS[code];
  if (fault === undefined) return cause;
  const where = path === undefined ? '' : `${path}: `;
  return new KilnError('host', `${where}${fault.what}${details}`, { hint: fault.hint, cause });
}

/** Does work that writes to a place, and names the place where the machine's faults do not. */
export async function writingTo<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw hostFault(error, place);
  }
}
