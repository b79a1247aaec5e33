import { KilnError } from '../../report/errors.ts';
import type { Sha256 } from '../../report/sha256.ts';
import type { Exhausted } from './attempts.ts';
import { publicUrl } from './http.ts';

/** The error for a file that no address delivered: each one with its reason, and what to do. */
export function unreachable(name: string, exhausted: Exhausted, digest?: Sha256): KilnError {
  const tried = [...exhausted.failures].map(
    ([url, failure]) => `  ${publicUrl(url)}: ${failure.message}`,
  );
  const what = exhausted.isMismatch
    ? `${name} is not what was asked for (sha256 ${digest})`
    : `${name} could not be fetched`;
  const lines = tried.length === 0 ? ['  no address is known for it'] : tried;
  return new KilnError(
    exhausted.isMismatch ? 'verification' : 'download',
    [`${what}; tried:`, ...lines].join('\n'),
    { hint: adviceOn(exhausted) },
  );
}

function adviceOn(exhausted: Exhausted): string {
  const mirrors = '--mirror or KILN_MIRROR (several addresses separated by spaces)';
  const isGone = [...exhausted.failures.values()].every(({ message }) => message.startsWith('404'));
  return isGone && exhausted.failures.size > 0
    ? `it may have been replaced by a newer version: run \`kiln lock\` again, or name a mirror that keeps old versions with ${mirrors}`
    : `check the network, or name another mirror with ${mirrors}`;
}
