import { generatedFile } from './generated.ts';
import type { Accounts } from './roster.ts';
import type { TreeEntry } from './tree.ts';

/**
 * The four files that glibc reads accounts from: passwd(5), group(5), shadow(5), gshadow(5). No account has a
 * password, and no date of its last change: it would be the date of the build.
 */
export function accountFiles({ users, groups }: Accounts, epoch: number): readonly TreeEntry[] {
  const shadow = groups.find(({ name }) => name === 'shadow')?.gid ?? 0;
  const secret = { mode: 0o640, gid: shadow };
  return [
    generatedFile(
      'etc/passwd',
      lines(users, (user) => [
        ...[user.name, 'x', user.uid, user.gid, user.description, user.home, user.shell],
      ]),
      epoch,
    ),
    generatedFile(
      'etc/group',
      lines(groups, ({ name, gid, members }) => [name, 'x', gid, members]),
      epoch,
    ),
    generatedFile(
      'etc/shadow',
      lines(users, ({ name, isLocked }) => [
        // An account that expired on day 1 refuses every way of logging in, as systemd-sysusers has it for `u!`.
        ...[name, '!*', '', '', '', '', '', isLocked ? 1 : '', ''],
      ]),
      epoch,
      secret,
    ),
    generatedFile(
      'etc/gshadow',
      lines(groups, ({ name, members }) => [name, '!*', '', members]),
      epoch,
      secret,
    ),
  ];
}

function lines<T>(
  items: readonly T[],
  fields: (item: T) => readonly (string | number | readonly string[])[],
): string {
  return items.map((item) => `${fields(item).join(':')}\n`).join('');
}
