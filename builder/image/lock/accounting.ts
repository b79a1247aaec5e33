import { type Sha256, sha256 } from '../../report/sha256.ts';
import type { ReviewedScript } from './maintscripts.ts';
import { readScript, type ScriptReading } from './snippets.ts';
import { RULED_OUT, SCRIPT_NAMES, type ScriptName } from './snippets-known.ts';

/** A package with its control files: name → text. Files that are no maintainer scripts are passed over. */
export interface ScriptedPackage {
  readonly name: string;
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
}

/** Why a maintainer script that never runs loses nothing. */
export type Verdict =
  | { readonly kind: 'ruled-out'; readonly reason: string }
  /** No reasons: the script does nothing at all. */
  | { readonly kind: 'recognised'; readonly reasons: readonly string[] }
  | { readonly kind: 'reviewed'; readonly entry: ReviewedScript };

export interface AccountedScript {
  readonly package: string;
  readonly version: string;
  readonly script: ScriptName;
  readonly sha256: Sha256;
  readonly verdict: Verdict;
}

export interface UnknownScript {
  readonly package: string;
  readonly version: string;
  readonly script: ScriptName;
  readonly sha256: Sha256;
  readonly text: string;
  readonly reading: ScriptReading;
  /** Reviews of other versions of it: most often the reason still holds. */
  readonly formerly: readonly ReviewedScript[];
}

export interface Accounting {
  /** In the order of the packages, then as dpkg runs them. */
  readonly accounted: readonly AccountedScript[];
  readonly unknown: readonly UnknownScript[];
  /** Reviews of scripts that the packages have no more: to be removed from the list. */
  readonly stale: readonly ReviewedScript[];
}

/** Finds for each maintainer script why nothing is lost when it does not run. */
export function accountForScripts(
  packages: readonly ScriptedPackage[],
  reviewed: readonly ReviewedScript[],
): Accounting {
  const accounted: AccountedScript[] = [];
  const unknown: UnknownScript[] = [];
  for (const { name, version, scripts } of packages) {
    for (const script of SCRIPT_NAMES) {
      const text = scripts[script];
      if (text === undefined) continue;
      const subject = { package: name, version, script, sha256: sha256(text) };
      const entries = reviewed.filter((entry) => entry.package === name && entry.script === script);
      const reading = readScript(text, { package: name, script });
      const verdict = verdictOn(subject, entries, reading);
      if (verdict !== undefined) accounted.push({ ...subject, verdict });
      else unknown.push({ ...subject, text, reading, formerly: entries });
    }
  }
  return { accounted, unknown, stale: findStale(packages, reviewed) };
}

function verdictOn(
  subject: { readonly script: ScriptName; readonly sha256: Sha256 },
  entries: readonly ReviewedScript[],
  reading: ScriptReading,
): Verdict | undefined {
  const rule = RULED_OUT[subject.script];
  if (rule !== undefined) return { kind: 'ruled-out', reason: rule };
  const entry = entries.find((each) => each.sha256.includes(subject.sha256));
  if (entry !== undefined) return { kind: 'reviewed', entry };
  return reading.unknown.length === 0
    ? { kind: 'recognised', reasons: reading.reasons }
    : undefined;
}

/**
 * An entry may hold digests of other versions and architectures, and of packages that only other images
 * have: it is stale when its package is here and none of the entries for that script fits.
 */
function findStale(
  packages: readonly ScriptedPackage[],
  reviewed: readonly ReviewedScript[],
): readonly ReviewedScript[] {
  const digests = new Map(packages.map(({ name, scripts }) => [name, digestsOf(scripts)]));
  return reviewed.filter((entry) => {
    const here = digests.get(entry.package);
    if (here === undefined) return false;
    return !reviewed.some(
      (other) =>
        other.package === entry.package &&
        other.script === entry.script &&
        other.sha256.some((digest) => digest === here.get(entry.script)),
    );
  });
}

function digestsOf(scripts: Readonly<Record<string, string>>): ReadonlyMap<string, Sha256> {
  return new Map(Object.entries(scripts).map(([script, text]) => [script, sha256(text)]));
}
