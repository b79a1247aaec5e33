import { MACHINE_ENTROPY } from '../site/secrets/entropy.ts';
import { openSecrets } from '../site/secrets/open.ts';
import { run } from '../tools/run.ts';
import { keyringOf, TODAY, tinySite } from './site-secrets.ts';

/** Opens a bundle in a process of its own, for a site with these workers. */
export async function openInChild(path: string, workers: readonly string[]): Promise<void> {
  await run([process.execPath, import.meta.filename, path, ...workers]);
}

if (process.argv[1] === import.meta.filename) {
  const [path = '', ...workers] = process.argv.slice(2);
  const roles = Object.fromEntries(workers.map((name) => [name, 'worker'] as const));
  const making = { now: TODAY, entropy: MACHINE_ENTROPY };
  await openSecrets(tinySite(roles), { ...making, path, keyring: keyringOf() });
}
