import { KilnError } from '../report/errors.ts';
import { quote } from '../tools/quote.ts';

/**
 * Says what is needed, and exactly how to have it, before anything is read or fetched.
 * @throws KilnError `host` for who is not root
 */
export function needRoot(storeRoot: string): void {
  if (process.getuid?.() === 0) return;
  const again = ['sudo', 'env', `KILN_STORE=${storeRoot}`, process.execPath];
  const words = [...again, ...process.argv.slice(1)].map(quote).join(' ');
  throw new KilnError('host', 'ports 67, 69, 4011 (UDP) and 80 (TCP) need root', {
    hint: `run \`${words}\`, or use --http-only and another DHCP server`,
  });
}

/**
 * Works as the user who called sudo: what is written into the store is that user's, and what that user may not read
 * is not read. Without sudo, and without root, nothing changes.
 */
export async function asCaller<T>(env: NodeJS.ProcessEnv, work: () => Promise<T>): Promise<T> {
  const [uid, gid] = [idOf(env.SUDO_UID), idOf(env.SUDO_GID)];
  const isRoot = process.geteuid?.() === 0;
  if (!isRoot || uid === undefined || gid === undefined) return await work();
  process.setegid?.(gid);
  process.seteuid?.(uid);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

function idOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
