import { homedir } from 'node:os';
import { join } from 'node:path';
import { KilnError } from '../report/errors.ts';

/**
 * Where a user keeps what can be made again: XDG_CACHE_HOME, else `~/.cache`.
 * XDG Base Directory Specification: a relative XDG_CACHE_HOME is invalid and ignored.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  if (env.XDG_CACHE_HOME?.startsWith('/')) return env.XDG_CACHE_HOME;
  const home = env.HOME || homeOfUser();
  if (home.startsWith('/')) return join(home, '.cache');
  throw new KilnError('host', 'there is no home directory to keep downloads and locks in', {
    hint: 'set HOME, or set KILN_STORE and XDG_CACHE_HOME to directories that Kiln may write to',
  });
}

/** Empty for a user whom the machine does not know, as in many containers. */
function homeOfUser(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}
