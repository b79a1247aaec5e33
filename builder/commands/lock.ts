import type { Command } from 'commander';
import { loadDefinition } from '../image/definition/load.ts';
import { diffLocks, formatChanges, type LockChange } from '../image/lock/diff-locks.ts';
import { requestOfImage } from '../image/lock/lock-request.ts';
import type { Lockfile } from '../image/lock/lockfile.ts';
import { type FoundLock, findLock, isStale, staleLock } from '../image/lock/obtain-lock.ts';
import { writeLockfile } from '../image/lock/write-lockfile.ts';
import { KilnError } from '../report/errors.ts';
import { loadImage } from './load-image.ts';
import { locksmithOf } from './locksmith.ts';
import { makeImageLock } from './make-lock.ts';
import {
  OUTSIDE,
  type Outside,
  type Session,
  type WorkspaceOptions,
  withMirror,
} from './options.ts';

interface LockOptions extends WorkspaceOptions {
  readonly check?: boolean;
  readonly dryRun?: boolean;
  readonly allowOlder?: boolean;
}

const HELP = `
Examples:
  $ kiln lock images/x86_64.yaml
  $ kiln lock images/x86_64.yaml --dry-run
  $ kiln lock images/*.yaml --check

The lock file lies beside the image file: images/x86_64.lock.json. Builds take exactly the packages in it.`;

/** Adds `kiln lock`: resolves images to exact packages and prints what changed. */
export function addLock(program: Command, session: Session, outside: Outside = OUTSIDE): void {
  const command = program
    .command('lock')
    .summary('resolve the packages of images')
    .description(
      'Resolves the packages of images from signed package indexes, accounts for their maintainer scripts, ' +
        'writes the lock files and prints what changed.',
    )
    .argument('<images...>', 'image files')
    .option('--check', 'only say whether the lock files are there and fit; needs no network')
    .option('--dry-run', 'print what would change, write nothing')
    .option('--allow-older', 'accept a package index that is older than the one in the lock file')
    .addHelpText('after', HELP);
  withMirror(command).action(async (images: readonly string[], options: LockOptions) => {
    for (const image of images) {
      const result = options.check
        ? await checkLock(image, session)
        : await renewLock(image, options, { session, outside });
      outside.print(result);
    }
  });
}

async function checkLock(file: string, session: Session): Promise<string> {
  const loaded = await loadDefinition(file);
  const { lock, path } = await findLock(file, session.env);
  if (lock === undefined) {
    throw new KilnError('stale-lock', `${file} has no lock file`, {
      hint: `run "kiln lock ${file}"`,
    });
  }
  if (isStale(lock, requestOfImage(loaded))) throw staleLock(path, file);
  return `${path}: ${summaryOf(lock)}, fits ${file}`;
}

async function renewLock(
  image: string,
  options: LockOptions,
  { session, outside }: { readonly session: Session; readonly outside: Outside },
): Promise<string> {
  const locksmith = await locksmithOf(outside.workspaceOf(options, session.env), session);
  const loaded = await loadImage(image, {}, locksmith);
  const found = await findLock(image, session.env);
  const previous = options.allowOlder ? undefined : found.lock;
  const lock = await makeImageLock(loaded, previous, locksmith);
  if (!options.dryRun) await writeLockfile(found.path, lock);
  if (!found.isBeside && !options.dryRun) {
    session.progress.warn(
      `the image file's directory cannot be written; the lock is ${found.path}`,
    );
  }
  return reportOf(found, lock, options.dryRun === true);
}

/** A first lock is a summary, a renewed one the table of changes. */
function reportOf({ path, lock: before }: FoundLock, lock: Lockfile, isDryRun: boolean): string {
  const changes = before === undefined ? [] : diffLocks(before, lock);
  const summary = [`${path}: ${summaryOf(lock)}`];
  if (before !== undefined) summary.push(countOf(changes));
  if (isDryRun) summary.push('not written');
  const table = changes.length === 0 ? '' : `${formatChanges(changes)}\n`;
  return `${table}${summary.join(', ')}`;
}

function countOf({ length }: readonly LockChange[]): string {
  if (length === 0) return 'no package has changed';
  return length === 1 ? '1 change' : `${length} changes`;
}

function summaryOf({ packages }: Lockfile): string {
  const bytes = packages.reduce((sum, each) => sum + each.sizeBytes, 0);
  return `${packages.length} packages, ${(bytes / 1e6).toFixed(1)} MB`;
}
