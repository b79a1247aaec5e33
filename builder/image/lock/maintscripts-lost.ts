import { KilnError } from '../../report/errors.ts';
import type { Sha256 } from '../../report/sha256.ts';
import type { LockedPackage } from './lockfile.ts';
import type { ReviewedScript } from './maintscripts.ts';

/** What a composed image has, to be compared with what its packages' scripts would have made. */
export interface Made {
  /** Whether there is a file, directory or link with this absolute path, before anything is excluded. */
  hasPath(path: string): boolean;
  /** Whether there is a user or a group of this name. */
  hasAccount(name: string): boolean;
}

/** Something that a script would have made and that the image does not have. */
export interface Lost {
  readonly entry: ReviewedScript;
  readonly paths: readonly string[];
  readonly accounts: readonly string[];
}

/** What is missing from a composed image of what the reviews of its packages' scripts ask for. */
export function findLost(
  packages: readonly Pick<LockedPackage, 'name' | 'scripts'>[],
  reviewed: readonly ReviewedScript[],
  image: Made,
): readonly Lost[] {
  const scripts = new Map<string, Readonly<Record<string, Sha256>>>(
    packages.map((each) => [each.name, each.scripts]),
  );
  return reviewed
    .filter((entry) => {
      const digest = scripts.get(entry.package)?.[entry.script];
      return digest !== undefined && entry.sha256.includes(digest);
    })
    .map((entry) => ({
      entry,
      paths: (entry.paths ?? []).filter((path) => !image.hasPath(path)),
      accounts: (entry.accounts ?? []).filter((name) => !image.hasAccount(name)),
    }))
    .filter(({ paths, accounts }) => paths.length + accounts.length > 0);
}

/** @throws KilnError that names everything that was lost, whose script would have made it, and the review */
export function assertNothingLost(lost: readonly Lost[], subject: string): void {
  if (lost.length === 0) return;
  const count = lost.flatMap(({ paths, accounts }) => [...paths, ...accounts]).length;
  const what = count === 1 ? 'something' : `${count} things`;
  const message = [
    `${subject} lacks ${what} that maintainer scripts of its packages would have made`,
    ...lost.map(describe),
  ].join('\n\n');
  throw new KilnError('definition', message, {
    hint: 'Kiln runs no maintainer scripts: declare what is missing in the image or an overlay, or leave the package out.',
  });
}

function describe({ entry, paths, accounts }: Lost): string {
  const missing = [...paths, ...accounts.map((name) => `user or group ${name}`)];
  return [
    `${entry.package}: ${entry.script} would have made ${missing.join(', ')}`,
    `  ${entry.reason.trim().replace(/\s+/g, ' ')}`,
  ].join('\n');
}
