import { KilnError } from '../../report/errors.ts';
import { didYouMean } from '../../report/suggest.ts';
import { formatDependency } from './dependency.ts';
import type { LockedPackage, Lockfile } from './lockfile.ts';
import { parseLink } from './reasons.ts';
import { isNamedBy, type Relationships } from './relationships.ts';

/** One package that needs another, and the words with which it says so. */
export interface Dependent {
  readonly name: string;
  readonly field: 'Pre-Depends' | 'Depends';
  readonly dependency: string;
}

/** Why a package is in an image. */
export interface Explanation {
  readonly package: LockedPackage;
  /** From the file that wishes for it down to the package. */
  readonly chain: readonly string[];
  /** Every package that needs it, by name. */
  readonly dependents: readonly Dependent[];
}

/**
 * Explains a package of a lock; `relationships` are those of the locked packages by name.
 * Throws KilnError `usage` when the package is not in.
 */
export function explain(
  lock: Lockfile,
  name: string,
  relationships: ReadonlyMap<string, Relationships>,
): Explanation {
  const packages = new Map(lock.packages.map((each) => [each.name, each]));
  const found = packages.get(name);
  if (found === undefined) throw notIn(lock, name);
  return {
    package: found,
    chain: chainOf(found, packages),
    dependents: dependentsOf(found, lock, relationships),
  };
}

/** The explanation as text, one reason a line. */
export function formatExplanation({ package: target, chain, dependents }: Explanation): string {
  const { name, version, architecture, suite } = target;
  const width = Math.max(0, ...dependents.map((each) => each.name.length));
  const table = dependents.map(
    (each) => `  ${each.name.padEnd(width)}  ${each.field}: ${each.dependency}`,
  );
  const heading = dependents.length === 0 ? 'no package needs it' : 'needed by';
  return [
    `${name} ${version} (${architecture}, ${suite})`,
    chain.join(' → '),
    heading,
    ...table,
  ].join('\n');
}

function chainOf(
  target: LockedPackage,
  packages: ReadonlyMap<string, LockedPackage>,
): readonly string[] {
  const chain = [target.name];
  for (let each: LockedPackage | undefined = target; each !== undefined; ) {
    const [because] = each.because;
    if (because === undefined) break;
    const link = parseLink(because);
    // A lock file that was edited by hand may have a circle.
    if (chain.includes(link.from)) break;
    chain.unshift(link.from);
    each = link.kind === 'wish' ? undefined : packages.get(link.from);
  }
  return chain;
}

function dependentsOf(
  target: LockedPackage,
  lock: Lockfile,
  relationships: ReadonlyMap<string, Relationships>,
): readonly Dependent[] {
  const provides = relationships.get(target.name)?.provides ?? [];
  return lock.packages
    .filter((each) => each !== target)
    .flatMap(({ name }) =>
      (relationships.get(name)?.requirements ?? [])
        .filter(({ dependency }) => dependency.some((atom) => isNamedBy(atom, target, provides)))
        .map(({ field, dependency }) => ({
          name,
          field,
          dependency: formatDependency(dependency),
        })),
    );
}

function notIn(lock: Lockfile, name: string): KilnError {
  const names = lock.packages.map((each) => each.name);
  const message = `${name} is not in ${lock.definition.file}${didYouMean(name, names)}`;
  return new KilnError('usage', message);
}
