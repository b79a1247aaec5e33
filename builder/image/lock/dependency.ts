import { KilnError } from '../../report/errors.ts';
import { compareVersions, isVersion } from './deb-version.ts';

/** How a version must stand to the one that is named (Debian Policy, 7.1). */
export type Relation = '<<' | '<=' | '=' | '>=' | '>>';

/** A bound on a version, as `>= 1.2`. */
export interface VersionBound {
  readonly relation: Relation;
  readonly version: string;
}

/** One package that a relationship field names, as `libc6:any (>= 2.38) [amd64]`. */
export interface Atom {
  readonly name: string;
  /** After the colon: `any`, `native` or an architecture. */
  readonly qualifier?: string;
  readonly bound?: VersionBound;
  /** Architectures for which it holds, as written (`!i386`); empty means all. */
  readonly architectures: readonly string[];
  /** Build profiles, as written; an atom with any never holds for a binary package. */
  readonly profiles: readonly string[];
}

/** Alternatives in the order of the author's preference; never empty. */
export type Dependency = readonly Atom[];

const ATOM =
  /^(?<name>[a-z0-9][a-z0-9+.-]*)(?::(?<qualifier>[a-z0-9-]+))?(?:\s*\(\s*(?<relation><<|<=|=|>=|>>|<|>)\s*(?<version>[^\s()]+)\s*\))?(?:\s*\[(?<architectures>[^\]]*)\])?(?<profiles>(?:\s*<[^>]*>)*)$/;

/**
 * Reads a relationship field (Debian Policy, 7.1): `a (>= 1) | b:any [amd64], c`.
 * Throws KilnError `verification` with the text that cannot be read.
 */
export function parseDependencies(field: string): readonly Dependency[] {
  return field
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => text.split('|').map((alternative) => parseAtom(alternative.trim())));
}

/** The dependency as it would be written in a control file, for messages. */
export function formatDependency(dependency: Dependency): string {
  return dependency.map(formatAtom).join(' | ');
}

/** The atom as it would be written in a control file, without restrictions. */
export function formatAtom(atom: Atom): string {
  const qualifier = atom.qualifier === undefined ? '' : `:${atom.qualifier}`;
  const bound = atom.bound === undefined ? '' : ` (${atom.bound.relation} ${atom.bound.version})`;
  return `${atom.name}${qualifier}${bound}`;
}

/** Whether the atom holds when packages are installed on a Debian architecture. */
export function appliesTo(atom: Atom, architecture: string): boolean {
  if (atom.profiles.length > 0) return false;
  if (atom.architectures.length === 0) return true;
  const isNegative = atom.architectures.every((name) => name.startsWith('!'));
  if (isNegative) return !atom.architectures.includes(`!${architecture}`);
  return atom.architectures.some((name) => name === architecture || name === 'any');
}

/** Whether a version is within the bound; without a bound every version is. */
export function isWithin(version: string, bound: VersionBound | undefined): boolean {
  if (bound === undefined) return true;
  const order = compareVersions(version, bound.version);
  switch (bound.relation) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
  }
}

function parseAtom(text: string): Atom {
  const groups = ATOM.exec(text)?.groups;
  const name = groups?.name;
  const version = groups?.version;
  if (
    groups === undefined ||
    name === undefined ||
    (version !== undefined && !isVersion(version))
  ) {
    throw new KilnError('verification', `cannot read the package relationship "${text}"`);
  }
  const qualifier = groups.qualifier;
  return {
    name,
    ...(qualifier === undefined ? {} : { qualifier }),
    ...(version === undefined ? {} : { bound: { relation: relationOf(groups.relation), version } }),
    architectures: words(groups.architectures),
    profiles: words(groups.profiles),
  };
}

/** `<` and `>` are obsolete spellings that dpkg reads as "or equal". */
function relationOf(text: string | undefined): Relation {
  switch (text) {
    case '<<':
    case '<=':
    case '>=':
    case '>>':
      return text;
    case '<':
      return '<=';
    case '>':
      return '>=';
    default:
      return '=';
  }
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
