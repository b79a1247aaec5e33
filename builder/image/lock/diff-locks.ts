import type { LockedPackage, Lockfile } from './lockfile.ts';

/** One difference between two locks. */
export type LockChange =
  | { readonly kind: 'added'; readonly name: string; readonly to: LockedPackage }
  | { readonly kind: 'removed'; readonly name: string; readonly from: LockedPackage }
  | {
      readonly kind: 'changed';
      readonly name: string;
      readonly from: LockedPackage;
      readonly to: LockedPackage;
    };

/** Packages that came, went or have other bytes, by name. */
export function diffLocks(from: Lockfile | undefined, to: Lockfile): readonly LockChange[] {
  const before = new Map((from?.packages ?? []).map((each) => [each.name, each]));
  const after = new Map(to.packages.map((each) => [each.name, each]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => changeOf(name, before.get(name), after.get(name)));
}

/** A table with one change a line: `systemd 257.8-1 → 257.9-1`. */
export function formatChanges(changes: readonly LockChange[]): string {
  const width = Math.max(0, ...changes.map((change) => change.name.length));
  return changes.map((change) => formatChange(change, width)).join('\n');
}

function changeOf(
  name: string,
  from: LockedPackage | undefined,
  to: LockedPackage | undefined,
): readonly LockChange[] {
  if (from === undefined) return to === undefined ? [] : [{ kind: 'added', name, to }];
  if (to === undefined) return [{ kind: 'removed', name, from }];
  return from.sha256 === to.sha256 ? [] : [{ kind: 'changed', name, from, to }];
}

function formatChange(change: LockChange, width: number): string {
  const name = change.name.padEnd(width);
  switch (change.kind) {
    case 'added':
      return `+ ${name}  ${change.to.version}  because of ${change.to.because.join(', ')}`;
    case 'removed':
      return `- ${name}  ${change.from.version}  was in because of ${change.from.because.join(', ')}`;
    case 'changed':
      return `  ${name}  ${change.from.version} → ${change.to.version}${rebuilt(change)}`;
  }
}

function rebuilt({
  from,
  to,
}: {
  readonly from: LockedPackage;
  readonly to: LockedPackage;
}): string {
  return from.version === to.version ? '  (same version, other bytes)' : '';
}
