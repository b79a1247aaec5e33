import { type Atom, type Dependency, formatAtom, isWithin } from './dependency.ts';
import type { AvailablePackage, PackageIndex } from './package-index.ts';

/**
 * The packages that meet a dependency, the preferred one first: alternatives in the author's order,
 * for each the package of that name before those that provide it.
 */
export function candidatesFor(
  dependency: Dependency,
  index: PackageIndex,
  architecture: string,
): readonly AvailablePackage[] {
  const found = dependency.flatMap((atom) => [
    ...namedCandidate(atom, index, architecture),
    ...providingCandidates(atom, index, architecture),
  ]);
  return [...new Set(found)];
}

/** Says for each alternative why nothing meets it, as `no suite has foo; the newest bar is 1.0 (trixie)`. */
export function whyUnmet(dependency: Dependency, index: PackageIndex): string {
  return dependency.map((atom) => whyAtomUnmet(atom, index)).join('; ');
}

function whyAtomUnmet(atom: Atom, index: PackageIndex): string {
  const candidate = index.candidates.get(atom.name);
  if (candidate !== undefined) {
    return isWithin(candidate.version, atom.bound)
      ? `${atom.name} is ${candidate.architecture} and "Multi-Arch: ${candidate.multiArch}", so it is not ${formatAtom(atom)}`
      : `the newest ${atom.name} is ${candidate.version} (${candidate.suite})`;
  }
  const providers = index.providers.get(atom.name);
  if (providers === undefined) return `no suite has ${atom.name}`;
  const names = providers.slice(0, 3).map((provider) => {
    const version = provider.version === undefined ? 'without a version' : provider.version;
    return `${provider.package.name} (${version})`;
  });
  return `${atom.name} is only provided by ${names.join(', ')}`;
}

function namedCandidate(
  atom: Atom,
  index: PackageIndex,
  architecture: string,
): readonly AvailablePackage[] {
  const candidate = index.candidates.get(atom.name);
  const fits =
    candidate !== undefined &&
    isWithin(candidate.version, atom.bound) &&
    fitsQualifier(atom.qualifier, candidate, architecture);
  return fits ? [candidate] : [];
}

function providingCandidates(
  atom: Atom,
  index: PackageIndex,
  architecture: string,
): readonly AvailablePackage[] {
  return (index.providers.get(atom.name) ?? [])
    .filter(
      ({ version }) =>
        atom.bound === undefined || (version !== undefined && isWithin(version, atom.bound)),
    )
    .map((provider) => provider.package)
    .filter((available) => fitsQualifier(atom.qualifier, available, architecture));
}

/**
 * An image has one architecture, so a qualifier can only forbid: `:any` asks for a package that allows
 * it, a named architecture for that one (Debian's multiarch specification, "Dependencies").
 */
function fitsQualifier(
  qualifier: string | undefined,
  available: AvailablePackage,
  architecture: string,
): boolean {
  if (qualifier === undefined || qualifier === 'native') return true;
  if (qualifier === 'any') return available.multiArch === 'allowed';
  return qualifier === architecture;
}
