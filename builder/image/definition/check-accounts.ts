import { placeOf, type Report, type SourcePos } from '../../report/diagnostic.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Draft } from './rule.ts';

interface Claim {
  readonly name: string;
  readonly number: number;
  readonly at: SourcePos;
}

/** A number belongs to one account: two accounts with one number are one account to the kernel. */
export function checkNumbers({ users, ids }: Draft, sources: Sources, report: Report): void {
  const claims: readonly Claim[] = [
    ...Object.entries(ids ?? {}).map(([name, number]) => ({
      name,
      number,
      at: sources.at(['ids', name]),
    })),
    ...Object.entries(users ?? {}).map(([name, user]) => ({
      name,
      number: user.uid,
      at: sources.at(['users', name, 'uid']),
    })),
  ];
  const owners = new Map<number, Claim>();
  for (const claim of claims) {
    const owner = owners.get(claim.number);
    if (owner) {
      report.error(
        `${claim.number} is the number of "${owner.name}" already`,
        claim.at,
        `it is given at ${placeOf(owner.at)}`,
      );
    } else {
      owners.set(claim.number, claim);
    }
  }
  for (const name of Object.keys(users ?? {})) {
    const at = ids && name in ids ? sources.keyAt(['users'], name) : undefined;
    if (at) report.error(`"${name}" is both in "users" and in "ids"`, at);
    if (name === 'root') report.error('root exists in every image', sources.keyAt(['users'], name));
  }
}
