import { Report } from '../../report/diagnostic.ts';
import { KilnError } from '../../report/errors.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Definition } from '../definition/definition.ts';
import { confFiles } from './conf-files.ts';
import { readText } from './content.ts';
import { type Accounts, Roster } from './roster.ts';
import type { Specifiers } from './specifiers.ts';
import { parseSysusers } from './sysusers.ts';
import type { Tree } from './tree.ts';

const SYSUSERS_DIRECTORIES = [
  'etc/sysusers.d',
  'run/sysusers.d',
  'usr/local/lib/sysusers.d',
  'usr/lib/sysusers.d',
];

/**
 * The accounts of base-passwd, then those of the tree's sysusers.d files, then the definition's users.
 * No number is ever picked: an account whose package leaves it open needs one in the definition's `ids`.
 * Throws DiagnosticsError with everything that is missing or contradicts.
 */
export async function findAccounts(
  tree: Tree,
  definition: Pick<Definition, 'users' | 'ids'>,
  sources: Sources,
  specifiers: Specifiers,
): Promise<Accounts> {
  const report = new Report();
  const roster = new Roster(tree, definition.ids, sources, report);
  for (const line of await masterLines(tree, 'group')) roster.addMasterGroup(line);
  for (const line of await masterLines(tree, 'passwd')) roster.addMasterUser(line);
  const files = await confFiles(tree, SYSUSERS_DIRECTORIES, '.conf');
  for (const file of files) roster.addSysusers(parseSysusers(file, specifiers, report));
  const accounts = roster.finish(definition.users);
  if (!report.isEmpty) sources.fail(report.diagnostics);
  return accounts;
}

/** Fields of each line of one of base-passwd's lists. */
async function masterLines(
  tree: Tree,
  list: 'passwd' | 'group',
): Promise<readonly (readonly string[])[]> {
  const path = `usr/share/base-passwd/${list}.master`;
  const text = await readText(tree, path);
  if (text === undefined) {
    throw new KilnError(
      'definition',
      `no package brings /${path}, the list of accounts that Debian fixes`,
      {
        hint: 'Add `base-passwd` to `packages`.',
      },
    );
  }
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.split(':'));
}
