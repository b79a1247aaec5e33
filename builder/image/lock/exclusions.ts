import { formatAtom } from './dependency.ts';
import type { AvailablePackage } from './package-index.ts';
import { type Exclusion, isNamedBy, type RelationshipReader } from './relationships.ts';

/** Two packages that cannot be in one image: `by` says so about `other`. */
export interface Clash {
  readonly by: AvailablePackage;
  readonly other: AvailablePackage;
  readonly exclusion: Exclusion;
}

/**
 * All clashes among the packages, in their order, one for each pair. A package never clashes with
 * itself, so it may provide a name and conflict with it: "only one of us" (Debian Policy, 7.6.2).
 */
export function findClashes(
  packages: readonly AvailablePackage[],
  relationshipsOf: RelationshipReader,
): readonly Clash[] {
  const pairs = new Map<string, Clash>();
  for (const clash of packages.flatMap((by) => clashesBy(by, packages, relationshipsOf))) {
    const pair = [clash.by.name, clash.other.name].sort().join(' ');
    if (!pairs.has(pair)) pairs.set(pair, clash);
  }
  return [...pairs.values()];
}

/** Whether a package could not be added to those that are already in. */
export function clashesWithAny(
  added: AvailablePackage,
  packages: readonly AvailablePackage[],
  relationshipsOf: RelationshipReader,
): boolean {
  return (
    clashesBy(added, packages, relationshipsOf).length > 0 ||
    packages.some((by) => clashesBy(by, [added], relationshipsOf).length > 0)
  );
}

/** The clash as a sentence: `a 1 cannot be together with b 1.5: it has "Breaks: b (<< 2)"`. */
export function describeClash({ by, other, exclusion }: Clash): string {
  const statement = `"${exclusion.field}: ${formatAtom(exclusion.atom)}"`;
  const role = other.name === exclusion.atom.name ? '' : `, which provides ${exclusion.atom.name}`;
  return `${by.name} ${by.version} cannot be together with ${other.name} ${other.version}${role}: it has ${statement}`;
}

function clashesBy(
  by: AvailablePackage,
  packages: readonly AvailablePackage[],
  relationshipsOf: RelationshipReader,
): readonly Clash[] {
  return relationshipsOf(by).exclusions.flatMap((exclusion) =>
    packages
      .filter((other) => other.name !== by.name)
      .filter((other) => isNamedBy(exclusion.atom, other, relationshipsOf(other).provides))
      .map((other) => ({ by, other, exclusion })),
  );
}
