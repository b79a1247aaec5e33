/** Why a package is in: a wish of the definition, or the package and field that pulled it in. */
export interface Link {
  /** The package that needs it; for a wish, the file that names it. */
  readonly from: string;
  /** `wish`, or the field of `from` that names it. */
  readonly kind: 'wish' | 'Pre-Depends' | 'Depends';
}

/** One need: `from` needs `to`. */
export interface Need extends Link {
  readonly to: string;
}

/** The shortest reason of each package; of equally short ones, the first by name. */
export type Reasons = ReadonlyMap<string, Link>;

/**
 * Walks from the wishes outward, breadth first, so that each package gets the link that is nearest to
 * a wish. The result does not depend on the order of the needs.
 */
export function shortestReasons(needs: readonly Need[]): Reasons {
  const reasons = new Map<string, Link>();
  const byParent = new Map<string, Need[]>();
  const sorted = [...needs].sort(byNames);
  for (const need of sorted) {
    if (need.kind === 'wish') setOnce(reasons, need);
    else byParent.set(need.from, [...(byParent.get(need.from) ?? []), need]);
  }
  for (let level = [...reasons.keys()]; level.length > 0; ) {
    const next: string[] = [];
    for (const need of level.flatMap((name) => byParent.get(name) ?? [])) {
      if (setOnce(reasons, need)) next.push(need.to);
    }
    level = next.sort();
  }
  return reasons;
}

/** From the wish's file to the package: `['images/base.yaml', 'systemd', 'libc6']`. */
export function chainTo(name: string, reasons: Reasons): readonly string[] {
  const chain = [name];
  for (let link = reasons.get(name); link !== undefined; link = reasons.get(link.from)) {
    chain.unshift(link.from);
    if (link.kind === 'wish') break;
  }
  return chain;
}

/** The link as a lock file and `kiln why` write it: `images/base.yaml` or `systemd (Depends)`. */
export function formatLink({ from, kind }: Link): string {
  return kind === 'wish' ? from : `${from} (${kind})`;
}

/** Reads what formatLink wrote. */
export function parseLink(text: string): Link {
  const match = /^(?<from>\S+) \((?<kind>Pre-Depends|Depends)\)$/.exec(text);
  const kind = match?.groups?.kind;
  const from = match?.groups?.from ?? text;
  return { from, kind: kind === 'Pre-Depends' || kind === 'Depends' ? kind : 'wish' };
}

function setOnce(reasons: Map<string, Link>, { from, kind, to }: Need): boolean {
  if (reasons.has(to)) return false;
  reasons.set(to, { from, kind });
  return true;
}

function byNames(left: Need, right: Need): number {
  const [a, b] = [keyOf(left), keyOf(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOf(need: Need): string {
  // Pre-Depends sorts after Depends by name; it is the stronger reason, so it comes first.
  return [need.from, need.to, need.kind === 'Pre-Depends' ? '0' : '1'].join('\0');
}
