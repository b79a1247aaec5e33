import type { Command } from 'commander';
import { ARCHES } from '../image/arch.ts';
import { loadDefinition } from '../image/definition/load.ts';
import { requestOfImage } from '../image/lock/lock-request.ts';
import type { Lockfile } from '../image/lock/lockfile.ts';
import { findLock, isStale, staleLock } from '../image/lock/obtain-lock.ts';
import { type Relationships, readRelationships } from '../image/lock/relationships.ts';
import { explain, formatExplanation } from '../image/lock/why.ts';
import type { Store } from '../image/store/store.ts';
import { readControl } from '../image/store/unpack.ts';
import { KilnError } from '../report/errors.ts';
import { BOOTSTRAP_DECODER } from '../tools/xz.ts';
import { OUTSIDE, type Outside, type Session } from './options.ts';

interface WhyOptions {
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ kiln why images/x86_64.yaml libssl3t64
  $ kiln why images/x86_64.yaml libssl3t64 --json | jq -r '.dependents[].name'`;

/** Adds `kiln why`: the shortest way from an image file to a package, and everything that needs it. */
export function addWhy(program: Command, session: Session, outside: Outside = OUTSIDE): void {
  program
    .command('why')
    .summary('say why a package is in an image')
    .description('Prints how a package got into an image, and every package that needs it.')
    .argument('<image>', 'the image file')
    .argument('<package>', 'name of a package')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (image: string, name: string, options: WhyOptions) => {
      const { lock, omitted } = await lockOf(image, session);
      const reason = omitted[name];
      if (reason !== undefined) {
        throw new KilnError('usage', `${name} is not in ${image}: it is omitted: ${reason}`);
      }
      const store = await outside.workspaceOf({}, session.env).openStore(session);
      const explanation = explain(lock, name, await relationshipsIn(lock, store, session));
      const shown = options.json
        ? JSON.stringify(explanation, undefined, 2)
        : formatExplanation(explanation);
      outside.print(shown);
    });
}

async function lockOf(
  image: string,
  session: Session,
): Promise<{ readonly lock: Lockfile; readonly omitted: Readonly<Record<string, string>> }> {
  const loaded = await loadDefinition(image);
  const { lock, path } = await findLock(image, session.env);
  if (lock === undefined) {
    const hint = `run "kiln lock ${image}" first`;
    throw new KilnError('stale-lock', `${image} has no lock file`, { hint });
  }
  if (isStale(lock, requestOfImage(loaded))) session.progress.warn(staleLock(path, image).message);
  return { lock, omitted: loaded.definition.omit };
}

/** What the locked packages say about each other, read from the store; packages not there are left out. */
async function relationshipsIn(
  lock: Lockfile,
  store: Store,
  { progress, signal }: Session,
): Promise<ReadonlyMap<string, Relationships>> {
  const known = new Map<string, Relationships>();
  for (const { name, sha256 } of lock.packages) {
    signal.throwIfAborted();
    const deb = await store.get(sha256);
    if (deb === undefined) continue;
    const { control } = await readControl(deb, BOOTSTRAP_DECODER);
    const fields = {
      preDepends: control['Pre-Depends'] ?? '',
      depends: control.Depends ?? '',
      provides: control.Provides ?? '',
      conflicts: control.Conflicts ?? '',
      breaks: control.Breaks ?? '',
    };
    known.set(name, readRelationships(fields, ARCHES[lock.arch].debian));
  }
  const missing = lock.packages.length - known.size;
  if (missing > 0) {
    progress.warn(`${missing} packages are not in the store, so what they need is not known here`);
  }
  return known;
}
