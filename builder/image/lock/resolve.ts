import type { Diagnostic, SourcePos } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import { whyUnmet } from './candidates.ts';
import { formatDependency } from './dependency.ts';
import { type Clash, describeClash, findClashes } from './exclusions.ts';
import type { AvailablePackage, PackageIndex } from './package-index.ts';
import { chainTo, formatLink, type Need, type Reasons, shortestReasons } from './reasons.ts';
import { relationshipReader } from './relationships.ts';
import {
  type Market,
  meetingPackage,
  type OpenRequirement,
  type Selection,
  selectPackages,
} from './selection.ts';

/** A package that a definition names. */
export interface Wish {
  readonly name: string;
  /** The file that names it, as shown to users. */
  readonly from: string;
  /** Where it stands there. */
  readonly at?: SourcePos | undefined;
}

/** What to resolve. */
export interface ResolveInput {
  readonly wanted: readonly Wish[];
  /** Packages that count as installed but are left out. */
  readonly omitted: readonly Wish[];
  readonly index: PackageIndex;
  /** Debian architecture: `amd64` or `arm64`. */
  readonly architecture: string;
}

/** A package that is in, with the shortest reason why. */
export interface ResolvedPackage {
  readonly package: AvailablePackage;
  readonly because: readonly string[];
}

/** The packages, sorted by name; or why not. */
export type Resolution =
  | { readonly kind: 'resolved'; readonly packages: readonly ResolvedPackage[] }
  | FailedResolution;

/** Everything that is wrong with the wishes, and the packages that the others would get. */
export interface FailedResolution {
  readonly kind: 'failed';
  readonly packages: readonly ResolvedPackage[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds the packages that an image needs: the wishes and what they pre-depend and depend on, nothing
 * that is merely recommended, essential packages only when something asks for them. Per name only the
 * newest version is a candidate, so the same input always gives the same packages.
 */
export function resolve(input: ResolveInput): Resolution {
  const { index, architecture } = input;
  const market: Market = {
    index,
    architecture,
    omitted: new Set(input.omitted.map((wish) => wish.name)),
    relationshipsOf: relationshipReader(architecture),
  };
  // In the order of names: the order of a definition's lists does not count for its checksum either.
  const names = input.wanted.map((wish) => wish.name).sort();
  const wanted = names.flatMap((name) => index.candidates.get(name) ?? []);
  const selection = selectPackages(wanted, market);
  const reasons = shortestReasons(needsOf(selection, input.wanted, market));
  const clashes = findClashes([...selection.chosen.values()], market.relationshipsOf);
  const wishes = new Map(input.wanted.map((wish) => [wish.name, wish]));
  const diagnostics = [
    ...input.wanted.flatMap((wish) => checkWish(wish, market)),
    ...input.omitted.flatMap((wish) => checkOmitted(wish, index)),
    ...selection.unmet.map((unmet) => describeUnmet(unmet, reasons, wishes, index)),
    ...clashes.map((clash) => describeClashAt(clash, reasons, wishes)),
  ];
  const packages = withReasons(selection, reasons);
  if (diagnostics.length > 0) return { kind: 'failed', packages, diagnostics };
  return { kind: 'resolved', packages };
}

function needsOf(selection: Selection, wanted: readonly Wish[], market: Market): readonly Need[] {
  const needs: Need[] = wanted.map(({ from, name }) => ({ from, to: name, kind: 'wish' }));
  for (const available of selection.chosen.values()) {
    for (const { field, dependency } of market.relationshipsOf(available).requirements) {
      const met = meetingPackage(dependency, selection.chosen, market);
      if (met !== undefined && met !== available) {
        needs.push({ from: available.name, to: met.name, kind: field });
      }
    }
  }
  return needs;
}

function withReasons(selection: Selection, reasons: Reasons): readonly ResolvedPackage[] {
  return [...selection.chosen.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((available) => {
      const link = reasons.get(available.name);
      return { package: available, because: link === undefined ? [] : [formatLink(link)] };
    });
}

function checkWish(wish: Wish, market: Market): readonly Diagnostic[] {
  const { candidates, providers } = market.index;
  if (market.omitted.has(wish.name)) {
    return [{ message: `package "${wish.name}" is both wanted and omitted`, at: wish.at }];
  }
  if (candidates.has(wish.name)) return [];
  const providing = providers.get(wish.name)?.map((provider) => provider.package.name);
  if (providing !== undefined) {
    const names = [...new Set(providing)].slice(0, 8).join(', ');
    const message = `"${wish.name}" is not a package but a name that packages provide`;
    return [{ message, at: wish.at, note: `name one of: ${names}` }];
  }
  return [unknownPackage(wish, market.index)];
}

function checkOmitted(wish: Wish, index: PackageIndex): readonly Diagnostic[] {
  const isKnown = index.candidates.has(wish.name) || index.providers.has(wish.name);
  return isKnown ? [] : [unknownPackage(wish, index)];
}

function unknownPackage(wish: Wish, index: PackageIndex): Diagnostic {
  const hint = didYouMean(wish.name, alike(wish.name, index));
  return { message: `no suite has a package "${wish.name}"${hint}`, at: wish.at };
}

/** Debian has 70,000 names: comparing them all takes half a second, so the first letter must be right. */
function alike(name: string, index: PackageIndex): readonly string[] {
  return [...index.candidates.keys()].filter((candidate) => candidate[0] === name[0]);
}

function describeUnmet(
  { of, field, dependency }: OpenRequirement,
  reasons: Reasons,
  wishes: ReadonlyMap<string, Wish>,
  index: PackageIndex,
): Diagnostic {
  return {
    message: `${of.name} ${of.version} needs ${formatDependency(dependency)} (${field}), but ${whyUnmet(dependency, index)}`,
    at: wishOf(of.name, reasons, wishes)?.at,
    note: whyIn(of.name, reasons),
  };
}

function describeClashAt(
  clash: Clash,
  reasons: Reasons,
  wishes: ReadonlyMap<string, Wish>,
): Diagnostic {
  return {
    message: describeClash(clash),
    at: wishOf(clash.by.name, reasons, wishes)?.at,
    note: `${whyIn(clash.by.name, reasons)}\n${whyIn(clash.other.name, reasons)}`,
  };
}

function whyIn(name: string, reasons: Reasons): string {
  return `${name} is in because of ${chainTo(name, reasons).join(' → ')}`;
}

/** The wish at the start of the shortest chain: the line of the definition to point at. */
function wishOf(
  name: string,
  reasons: Reasons,
  wishes: ReadonlyMap<string, Wish>,
): Wish | undefined {
  return wishes.get(chainTo(name, reasons)[1] ?? name);
}
