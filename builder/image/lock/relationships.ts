import {
  type Atom,
  appliesTo,
  type Dependency,
  isWithin,
  parseDependencies,
} from './dependency.ts';
import type { AvailablePackage } from './package-index.ts';

/** The relationship fields of a package, as written. */
export type RelationshipFields = Pick<
  AvailablePackage,
  'preDepends' | 'depends' | 'provides' | 'conflicts' | 'breaks'
>;

/** A dependency together with the field that states it. */
export interface Requirement {
  readonly field: 'Pre-Depends' | 'Depends';
  readonly dependency: Dependency;
}

/** A package that must not be there, and the field that says so. */
export interface Exclusion {
  readonly field: 'Conflicts' | 'Breaks';
  readonly atom: Atom;
}

/** The relationship fields of one package, read. */
export interface Relationships {
  readonly requirements: readonly Requirement[];
  readonly exclusions: readonly Exclusion[];
  readonly provides: readonly Atom[];
}

/** Reads a package's fields when first asked; a resolution looks at few of an index's packages. */
export type RelationshipReader = (available: AvailablePackage) => Relationships;

/** A reader for packages that are installed on the Debian architecture. */
export function relationshipReader(architecture: string): RelationshipReader {
  const known = new Map<AvailablePackage, Relationships>();
  return (available) => {
    const relationships = known.get(available) ?? readRelationships(available, architecture);
    known.set(available, relationships);
    return relationships;
  };
}

/**
 * Whether a package is what an atom names: by its own name, or by a name it provides. A bound on a
 * provided name only holds when the package says which version it provides (Debian Policy, 7.5).
 */
export function isNamedBy(
  atom: Atom,
  available: Pick<AvailablePackage, 'name' | 'version'>,
  provides: readonly Atom[],
): boolean {
  if (atom.name === available.name) return isWithin(available.version, atom.bound);
  return provides.some(
    (provided) =>
      provided.name === atom.name &&
      (atom.bound === undefined ||
        (provided.bound !== undefined && isWithin(provided.bound.version, atom.bound))),
  );
}

/** Reads a package's fields, without what does not hold on the Debian architecture. */
export function readRelationships(
  available: RelationshipFields,
  architecture: string,
): Relationships {
  const read = (field: string): readonly Dependency[] =>
    parseDependencies(field)
      .map((dependency) => dependency.filter((atom) => appliesTo(atom, architecture)))
      .filter((dependency) => dependency.length > 0);
  return {
    requirements: [
      ...read(available.preDepends).map(
        (dependency): Requirement => ({ field: 'Pre-Depends', dependency }),
      ),
      ...read(available.depends).map(
        (dependency): Requirement => ({ field: 'Depends', dependency }),
      ),
    ],
    exclusions: [
      ...read(available.conflicts)
        .flat()
        .map((atom): Exclusion => ({ field: 'Conflicts', atom })),
      ...read(available.breaks)
        .flat()
        .map((atom): Exclusion => ({ field: 'Breaks', atom })),
    ],
    provides: read(available.provides).flat(),
  };
}
