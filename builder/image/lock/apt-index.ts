import { KilnError } from '../../report/errors.ts';
import type { Meter } from '../../report/progress.ts';
import { together } from '../../report/together.ts';
import type { XzDecoder } from '../../tools/xz.ts';
import type { Suite } from '../definition/definition.ts';
import { fetchAll, fetchText } from '../store/fetch.ts';
import { publicUrl } from '../store/http.ts';
import type { Store, Wanted } from '../store/store.ts';
import { Troubles } from '../store/troubles.ts';
import { type VerifiedRelease, verifyInRelease } from './in-release.ts';
import type { LockedIndex } from './lockfile.ts';
import type { ArchiveKey } from './openpgp.ts';
import type { AvailablePackage } from './package-index.ts';
import { type IndexCompression, readPackagesFile } from './packages-file.ts';

/** Where files of an archive can be had: the part of the store's Mirrors that is needed here. */
export interface Addresses {
  urlsFor(archive: string, path: string): readonly string[];
}

/** What is needed to read package indexes. */
export interface IndexAccess {
  readonly mirrors: Addresses;
  readonly store: Store;
  readonly keys: readonly ArchiveKey[];
  readonly xz: XzDecoder;
  readonly now: Date;
  /** Indexes of the lock that is being renewed: an older one is refused, as a replay would be. */
  readonly previous: readonly LockedIndex[];
  readonly progress: Meter;
  readonly signal?: AbortSignal | undefined;
}

/** All packages that the suites offer, in the order of the suites, and where they were read from. */
export interface SuiteIndexes {
  readonly indexes: readonly LockedIndex[];
  readonly packages: readonly AvailablePackage[];
}

/** Preferred first: Node inflates gzip six times as fast as the WebAssembly decoder does xz. */
const COMPRESSIONS: readonly IndexCompression[] = ['gz', 'xz'];

interface NamedSuite extends Suite {
  readonly name: string;
}

interface IndexFile {
  readonly suite: NamedSuite;
  readonly compression: IndexCompression;
  readonly wanted: Wanted;
}

/**
 * Fetches, verifies and reads the package indexes of the suites for a Debian architecture.
 * Throws KilnError `verification` for what must not be trusted, `download` for what cannot be had,
 * `lock` when a suite lacks a component.
 */
export async function readSuites(
  suites: Readonly<Record<string, Suite>>,
  architecture: string,
  access: IndexAccess,
): Promise<SuiteIndexes> {
  const named = Object.entries(suites).map(([name, suite]): NamedSuite => ({ name, ...suite }));
  const troubles = new Troubles();
  const releases = await together(named.map((suite) => fetchRelease(suite, access, troubles)));
  troubles.tell(access.store.warn);
  const files = named.flatMap((suite, i) => {
    const verified = releases[i];
    return verified ? indexFilesOf(suite, verified, architecture, access.mirrors) : [];
  });
  const packages = await readIndexFiles(files, architecture, access);
  const indexes = named.flatMap((suite, i) => lockedIndex(suite, releases[i]));
  return { indexes, packages };
}

async function fetchRelease(
  suite: NamedSuite,
  access: IndexAccess,
  troubles: Troubles,
): Promise<VerifiedRelease> {
  const { mirrors, keys, now, signal } = access;
  const path = `dists/${suite.name}/InRelease`;
  const before = access.previous.find(
    (index) => index.archive === suite.archive && index.suite === suite.name,
  );
  let found: VerifiedRelease | undefined;
  await fetchText(mirrors.urlsFor(suite.archive, path), {
    name: `${suite.archive}/${path}`,
    // Asked for each mirror's answer: after a bad one it is the next mirror's turn.
    check: async (bytes, url) => {
      const what = publicUrl(url);
      found = await verifyInRelease(bytes, {
        keys,
        suite: suite.name,
        now,
        since: suite.since,
        what,
      });
      refuseRollback(found, before, what);
    },
    onFailure: (url, failure) => troubles.note(url, failure),
    ...(signal && { signal }),
  });
  if (found === undefined) throw new Error('fetchText did not check what it returned');
  return found;
}

function refuseRollback(
  { release }: VerifiedRelease,
  before: LockedIndex | undefined,
  what: string,
): void {
  const date = release.date.getTime() / 1000;
  if (before === undefined || date >= before.date) return;
  const [made, known] = [release.date, new Date(before.date * 1000)].map((day) =>
    day.toISOString(),
  );
  throw new KilnError(
    'verification',
    `${what} is refused: it was made at ${made}, and the lock file was resolved from a newer one of ${known}`,
    { hint: 'the mirror is behind: try another one with --mirror, or go back with --allow-older' },
  );
}

function indexFilesOf(
  suite: NamedSuite,
  { release }: VerifiedRelease,
  architecture: string,
  mirrors: Addresses,
): readonly IndexFile[] {
  const architectures = release.hasIndexForAll ? [architecture, 'all'] : [architecture];
  return suite.components.flatMap((component) =>
    architectures.map((each): IndexFile => {
      const directory = `${component}/binary-${each}`;
      const listed = COMPRESSIONS.flatMap((compression) => {
        const file = release.files.get(`${directory}/Packages.${compression}`);
        return file === undefined ? [] : [{ compression, file }];
      })[0];
      if (listed === undefined) throw missingIndex(suite, directory);
      const { compression, file } = listed;
      const paths = [
        ...(release.hasByHash ? [`${directory}/by-hash/SHA256/${file.sha256}`] : []),
        `${directory}/Packages.${compression}`,
      ];
      const urls = paths.flatMap((path) =>
        mirrors.urlsFor(suite.archive, `dists/${suite.name}/${path}`),
      );
      const name = `${suite.name} ${component} package index`;
      return { suite, compression, wanted: { ...file, name, urls } };
    }),
  );
}

async function readIndexFiles(
  files: readonly IndexFile[],
  architecture: string,
  access: IndexAccess,
): Promise<readonly AvailablePackage[]> {
  const { store, progress, signal, xz } = access;
  const wanted = files.map((file) => file.wanted);
  const paths = await fetchAll(wanted, store, { progress, ...(signal && { signal }) });
  const packages: AvailablePackage[][] = [];
  // One after the other: each is tens of megabytes while it is being read.
  for (const {
    suite,
    compression,
    wanted: { sha256 },
  } of files) {
    const path = paths.get(sha256);
    if (path === undefined) throw new Error(`fetchAll left out ${sha256}`);
    const from = { path, sha256, compression, archive: suite.archive, suite: suite.name };
    const all = await readPackagesFile(from, store, xz, signal);
    packages.push(all.filter((each) => isOffered(each, suite, architecture)));
  }
  return packages.flat();
}

function isOffered(available: AvailablePackage, suite: NamedSuite, architecture: string): boolean {
  const isForArch = available.architecture === architecture || available.architecture === 'all';
  return isForArch && (suite.only?.some((each) => isMeant(each, available.name)) ?? true);
}

/** `linux-*` means all packages whose names begin so: a kernel's have its version in them. */
function isMeant(nameOrPrefix: string, name: string): boolean {
  if (!nameOrPrefix.endsWith('*')) return nameOrPrefix === name;
  return name.startsWith(nameOrPrefix.slice(0, -1));
}

function lockedIndex(
  { archive, name }: NamedSuite,
  verified: VerifiedRelease | undefined,
): readonly LockedIndex[] {
  if (verified === undefined) return [];
  const date = Math.floor(verified.release.date.getTime() / 1000);
  return [{ archive, suite: name, date, sha256: verified.sha256 }];
}

function missingIndex(suite: NamedSuite, directory: string): KilnError {
  return new KilnError('lock', `suite ${suite.name} of ${suite.archive} has no ${directory}`, {
    hint: "check the suite's components in the definition",
  });
}
