import { KilnError } from '../../report/errors.ts';
import type { Sha256 } from '../../report/sha256.ts';
import type { Exhausted } from './attempts.ts';
import type { Failure } from './failure.ts';
import { publicUrl } from './http.ts';

const MIRRORS = '--mirror or KILN_MIRROR (several addresses separated by spaces)';

/** The error for a file that no address delivered: each one with its reason, and what to do. */
export function unreachable(name: string, exhausted: Exhausted, digest?: Sha256): KilnError {
  const tried = [...exhausted.failures].map(
    ([url, failure]) => `  ${publicUrl(url)}: ${failure.message}`,
  );
  if (exhausted.isMismatch) {
    const lines = [
      `${name} is not what was asked for; tried:`,
      ...tried,
      `  expected: sha256 ${digest}`,
    ];
    return new KilnError('verification', lines.join('\n'), {
      hint: `a mirror or a proxy on the way has altered it; name another mirror with ${MIRRORS}`,
    });
  }
  const lines = tried.length === 0 ? ['  no address is known for it'] : tried;
  return new KilnError('download', [`${name} could not be fetched; tried:`, ...lines].join('\n'), {
    hint: adviceOn([...exhausted.failures.values()], digest !== undefined),
  });
}

/** What has a known digest is one version of something; other documents are always there under one name. */
function adviceOn(failures: readonly Failure[], isVersion: boolean): string {
  const isGone =
    isVersion && failures.length > 0 && failures.every(({ message }) => message.startsWith('404'));
  return isGone
    ? `it may have been replaced by a newer version: run \`kiln lock\` again, or name a mirror that keeps old versions with ${MIRRORS}`
    : `check the network, or name another mirror with ${MIRRORS}`;
}
