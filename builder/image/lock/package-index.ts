import { KilnError } from '../../report/errors.ts';
import { compareVersions } from './deb-version.ts';
import type { Paragraph } from './deb822.ts';
import { type Atom, parseDependencies } from './dependency.ts';

/** A package that a verified index offers. Relationship fields are kept as text: few are ever read. */
export interface AvailablePackage {
  readonly name: string;
  readonly version: string;
  /** `amd64`, `arm64` or `all`. */
  readonly architecture: string;
  readonly archive: string;
  readonly suite: string;
  /** Path below the archive. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly multiArch: string;
  readonly priority: string;
  readonly preDepends: string;
  readonly depends: string;
  readonly provides: string;
  readonly conflicts: string;
  readonly breaks: string;
}

/** A package that can stand in for a name, and the version that it claims for that name. */
export interface Provider {
  readonly package: AvailablePackage;
  readonly version: string | undefined;
}

/** What can be installed: per name the one candidate, and who provides which names. */
export interface PackageIndex {
  readonly candidates: ReadonlyMap<string, AvailablePackage>;
  /** Sorted: important packages first (`awk`: mawk before gawk), then by name. */
  readonly providers: ReadonlyMap<string, readonly Provider[]>;
}

/** The fields that a PackageIndex needs; everything else of a Packages file is dropped early. */
export const INDEX_FIELDS: ReadonlySet<string> = new Set([
  'Package',
  'Version',
  'Architecture',
  'Multi-Arch',
  'Priority',
  'Pre-Depends',
  'Depends',
  'Provides',
  'Conflicts',
  'Breaks',
  'Filename',
  'Size',
  'SHA256',
]);

/** Path of a package below its archive: relative, and no part of it begins with a dot. */
export const POOL_PATH: RegExp =
  /^(?:[A-Za-z0-9_+~:][A-Za-z0-9._+~:%-]*\/)*[A-Za-z0-9_+~:][A-Za-z0-9._+~:%-]*\.deb$/;

const PRIORITIES: readonly string[] = ['required', 'important', 'standard', 'optional', 'extra'];
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * One paragraph of a Packages index.
 * Throws KilnError `verification` when a needed field is missing or malformed.
 */
export function readAvailable(
  paragraph: Paragraph,
  from: { readonly archive: string; readonly suite: string },
): AvailablePackage {
  const field = (name: string): string => paragraph.get(name) ?? '';
  const sizeBytes = Number(field('Size'));
  const isComplete =
    field('Package') !== '' &&
    field('Version') !== '' &&
    field('Architecture') !== '' &&
    Number.isSafeInteger(sizeBytes) &&
    sizeBytes > 0 &&
    SHA256.test(field('SHA256')) &&
    POOL_PATH.test(field('Filename'));
  if (!isComplete) {
    const name = field('Package') || 'without a name';
    throw new KilnError(
      'verification',
      `the index of ${from.suite} has a malformed package ${name}`,
    );
  }
  return {
    name: field('Package'),
    version: field('Version'),
    architecture: field('Architecture'),
    archive: from.archive,
    suite: from.suite,
    path: field('Filename'),
    sizeBytes,
    sha256: field('SHA256'),
    multiArch: field('Multi-Arch') || 'no',
    priority: field('Priority'),
    preDepends: field('Pre-Depends'),
    depends: field('Depends'),
    provides: field('Provides'),
    conflicts: field('Conflicts'),
    breaks: field('Breaks'),
  };
}

/**
 * Picks for each name the newest version; of equal versions the one that comes first, so the order of
 * the suites decides.
 */
export function indexPackages(packages: Iterable<AvailablePackage>): PackageIndex {
  const candidates = new Map<string, AvailablePackage>();
  for (const available of packages) {
    const best = candidates.get(available.name);
    if (best === undefined || compareVersions(available.version, best.version) > 0) {
      candidates.set(available.name, available);
    }
  }
  return { candidates, providers: providersOf(candidates) };
}

/** The names that a package provides, each with the version it claims for it, if any. */
function providedBy(available: AvailablePackage): readonly Atom[] {
  return available.provides === '' ? [] : parseDependencies(available.provides).flat();
}

function providersOf(
  candidates: ReadonlyMap<string, AvailablePackage>,
): ReadonlyMap<string, readonly Provider[]> {
  const providers = new Map<string, Provider[]>();
  for (const available of candidates.values()) {
    for (const atom of providedBy(available)) {
      const list = providers.get(atom.name) ?? [];
      list.push({ package: available, version: atom.bound?.version });
      providers.set(atom.name, list);
    }
  }
  for (const list of providers.values()) list.sort(byImportance);
  return providers;
}

function byImportance(left: Provider, right: Provider): number {
  const difference = rankOf(left.package.priority) - rankOf(right.package.priority);
  return difference || (left.package.name < right.package.name ? -1 : 1);
}

function rankOf(priority: string): number {
  const rank = PRIORITIES.indexOf(priority);
  return rank < 0 ? PRIORITIES.length : rank;
}
