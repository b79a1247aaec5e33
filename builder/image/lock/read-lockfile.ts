import { readFile } from 'node:fs/promises';
import { KilnError } from '../../report/errors.ts';
import {
  count,
  type JsonDecoder,
  JsonMismatch,
  list,
  object,
  oneOf,
  record,
  text,
} from './json-decoder.ts';
import type { LockedIndex, LockedPackage, Lockfile } from './lockfile.ts';
import { POOL_PATH } from './package-index.ts';

const SHA256 = text(/^[0-9a-f]{64}$/);
const NAME = text(/^[a-z0-9][a-z0-9+.-]*$/);
const LINE = text(/^[^\p{Cc}]+$/u);

const INDEX: JsonDecoder<LockedIndex> = object<LockedIndex>({
  archive: NAME,
  suite: NAME,
  date: count,
  sha256: SHA256,
});

const PACKAGE: JsonDecoder<LockedPackage> = object<LockedPackage>({
  name: NAME,
  version: text(/^(?:\d+:)?[A-Za-z0-9.+~:-]+$/),
  architecture: oneOf('amd64', 'arm64', 'all'),
  archive: NAME,
  suite: NAME,
  path: text(POOL_PATH),
  sizeBytes: count,
  sha256: SHA256,
  scripts: record(/^[a-z]+$/, SHA256),
  because: list(LINE),
});

const LOCKFILE: JsonDecoder<Lockfile> = object<Lockfile>({
  version: oneOf(1),
  arch: oneOf('x86_64', 'arm64'),
  definition: object<Lockfile['definition']>({ file: LINE, sha256: SHA256 }),
  epoch: count,
  indexes: list(INDEX),
  packages: list(PACKAGE),
});

/**
 * Reads a lock file, strictly: what is in it decides what a build downloads and trusts.
 * Undefined when there is none. Throws KilnError `lock` that names the place of what is wrong.
 */
export async function readLockfile(path: string): Promise<Lockfile | undefined> {
  try {
    return parseLockfile(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error instanceof KilnError) throw error;
    if (error.code === 'ENOENT') return undefined;
    throw new KilnError('lock', `${path} cannot be read: ${error.message}`, { cause: error });
  }
}

/** Reads the text of a lock file; `path` names it in errors. */
export function parseLockfile(content: string, path: string): Lockfile {
  try {
    const lock = LOCKFILE(JSON.parse(content), '');
    checkOrder(lock.packages);
    return lock;
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof JsonMismatch)) throw error;
    const message = `${path} is not a lock file of this version of Kiln: ${error.message}`;
    throw new KilnError('lock', message, { hint: 'make it anew with "kiln lock"' });
  }
}

/** Builds merge packages in the order of the file, so a merge conflict solved by hand must keep it. */
function checkOrder(packages: readonly LockedPackage[]): void {
  packages.forEach((each, i) => {
    const before = packages[i - 1];
    if (before !== undefined && before.name >= each.name) {
      throw new JsonMismatch(`packages are not sorted, each once: ${before.name}, ${each.name}`);
    }
  });
}
