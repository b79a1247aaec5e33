import { type Command, InvalidArgumentError } from 'commander';
import { collectGarbage } from '../image/store/gc.ts';
import { defaultStoreRoot, Store } from '../image/store/store.ts';
import { verifyStore } from '../image/store/verify.ts';
import { KilnError } from '../report/errors.ts';
import type { Session } from './options.ts';

interface GcFlags {
  readonly keepDays: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ kiln store path
  $ kiln store gc --keep-days 7 --dry-run
  $ kiln store verify

The store is where KILN_STORE says, else below XDG_CACHE_HOME or ~/.cache. It may be deleted as a whole
when no command runs: what is needed is fetched again.`;

/** Adds `kiln store path|gc|verify`: look after downloaded files and kept results. */
export function addStore(program: Command, session: Session): void {
  const store = program
    .command('store')
    .summary('look after downloaded files')
    .description('Looks after downloaded files and what was computed from them.')
    .addHelpText('after', HELP);
  store
    .command('path')
    .description('Prints where the store is.')
    .action(() => print(defaultStoreRoot(session.env)));
  store
    .command('gc')
    .description('Removes what no command has used for some days.')
    .option('--keep-days <days>', 'keep what was used within so many days', days, 30)
    .option('--dry-run', 'only say what would be removed')
    .option('--json', 'print the result as JSON')
    .action((options: GcFlags) => gc(options, session));
  store
    .command('verify')
    .description('Reads every file, removes corrupt ones; ends with code 4 when there were any.')
    .option('--json', 'print the result as JSON')
    .action((options: { readonly json?: boolean }) => verify(options, session));
}

async function gc(options: GcFlags, { env, now, progress, signal }: Session): Promise<void> {
  const { keepDays, dryRun = false } = options;
  const store = await Store.open(defaultStoreRoot(env));
  const collected = await progress.step('Looking for unused files', () =>
    collectGarbage(store, { keepDays, dryRun, now: now.getTime(), signal }),
  );
  if (options.json) return print(JSON.stringify({ ...collected, dryRun }));
  const { files, directories, bytesFreed } = collected;
  const what = contents(files, directories);
  const size = megabytes(bytesFreed);
  print(dryRun ? `would remove ${what}: ${size}` : `removed ${what}: ${size} freed`);
}

async function verify(
  options: { readonly json?: boolean },
  { env, progress, signal }: Session,
): Promise<void> {
  const store = await Store.open(defaultStoreRoot(env));
  const result = await progress.step('Reading the store', (meter) =>
    verifyStore(store, meter, signal),
  );
  const { files, directories, corrupt } = result;
  if (options.json) print(JSON.stringify(result));
  else if (corrupt.length === 0) print(`intact: ${contents(files, directories)}`);
  if (corrupt.length === 0) return;
  const lines = corrupt.map(({ entry, reason }) => `  ${entry}: ${reason}`);
  throw new KilnError(
    'verification',
    [`removed from ${store.root} because it was corrupt:`, ...lines].join('\n'),
    { hint: 'the next build fetches or makes them again; if this happens often, check the disk' },
  );
}

function days(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('It must be a number of days, 0 or more.');
}

function contents(files: number, directories: number): string {
  return `${counted(files, 'file')} and ${counted(directories, 'kept result')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
