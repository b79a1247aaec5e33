import { candidatesFor } from './candidates.ts';
import type { Dependency } from './dependency.ts';
import { clashesWithAny } from './exclusions.ts';
import type { AvailablePackage, PackageIndex } from './package-index.ts';
import { isNamedBy, type RelationshipReader, type Requirement } from './relationships.ts';

/** A dependency of one chosen package. */
export interface OpenRequirement extends Requirement {
  readonly of: AvailablePackage;
}

/** What is chosen from: shared by everything that looks for packages. */
export interface Market {
  readonly index: PackageIndex;
  /** Debian architecture of the image. */
  readonly architecture: string;
  /** Names that count as installed. */
  readonly omitted: ReadonlySet<string>;
  readonly relationshipsOf: RelationshipReader;
}

/** The packages that were chosen, and the dependencies that nothing meets. */
export interface Selection {
  readonly chosen: ReadonlyMap<string, AvailablePackage>;
  readonly unmet: readonly OpenRequirement[];
}

/**
 * Chooses packages until every dependency of every chosen one is met.
 *
 * Dependencies that leave a choice wait until none without a choice is left: by then most are met by
 * a package that is in anyway, so the image stays small and the order of the wishes does not matter.
 */
export function selectPackages(wanted: readonly AvailablePackage[], market: Market): Selection {
  const chosen = new Map<string, AvailablePackage>();
  const unmet: OpenRequirement[] = [];
  const forced: OpenRequirement[] = [];
  const open: OpenRequirement[] = [];

  const choose = (available: AvailablePackage): void => {
    if (chosen.has(available.name)) return;
    chosen.set(available.name, available);
    for (const requirement of market.relationshipsOf(available).requirements) {
      const isForced = candidatesOf(requirement.dependency, market).length < 2;
      (isForced ? forced : open).push({ ...requirement, of: available });
    }
  };

  wanted.forEach(choose);
  for (let next = forced.shift() ?? open.shift(); next; next = forced.shift() ?? open.shift()) {
    if (isMet(next.dependency, chosen, market)) continue;
    const pick = pickCandidate(next.dependency, chosen, market);
    if (pick === undefined) unmet.push(next);
    else choose(pick);
  }
  return { chosen, unmet };
}

/** Of the chosen packages, the one that meets a dependency; undefined when only an omitted one does. */
export function meetingPackage(
  dependency: Dependency,
  chosen: ReadonlyMap<string, AvailablePackage>,
  market: Market,
): AvailablePackage | undefined {
  return candidatesOf(dependency, market).find((candidate) => chosen.has(candidate.name));
}

function isMet(
  dependency: Dependency,
  chosen: ReadonlyMap<string, AvailablePackage>,
  market: Market,
): boolean {
  return isMetByOmitted(dependency, market) || !!meetingPackage(dependency, chosen, market);
}

/** An omitted package counts as installed in whatever version is asked for. */
function isMetByOmitted(dependency: Dependency, market: Market): boolean {
  return dependency.some(
    (atom) =>
      market.omitted.has(atom.name) ||
      (market.index.providers.get(atom.name) ?? []).some(
        (provider) =>
          market.omitted.has(provider.package.name) &&
          isNamedBy(atom, provider.package, market.relationshipsOf(provider.package).provides),
      ),
  );
}

function pickCandidate(
  dependency: Dependency,
  chosen: ReadonlyMap<string, AvailablePackage>,
  market: Market,
): AvailablePackage | undefined {
  const candidates = candidatesOf(dependency, market);
  if (candidates.length < 2) return candidates[0];
  const present = [...chosen.values()];
  const installable = candidates.filter((candidate) =>
    isInstallable(candidate, market, new Set(chosen.keys())),
  );
  return (
    installable.find((one) => !clashesWithAny(one, present, market.relationshipsOf)) ??
    installable[0] ??
    candidates[0]
  );
}

/**
 * Whether everything that a package needs exists. Packages that are being looked at count as
 * installable, so cycles end; `seen` grows by what was looked at.
 */
function isInstallable(available: AvailablePackage, market: Market, seen: Set<string>): boolean {
  if (seen.has(available.name)) return true;
  seen.add(available.name);
  return market
    .relationshipsOf(available)
    .requirements.every(
      ({ dependency }) =>
        isMetByOmitted(dependency, market) ||
        candidatesOf(dependency, market).some((next) => isInstallable(next, market, seen)),
    );
}

function candidatesOf(dependency: Dependency, market: Market): readonly AvailablePackage[] {
  return candidatesFor(dependency, market.index, market.architecture);
}
