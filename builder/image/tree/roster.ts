import type { Report, SourcePos } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { User } from '../definition/definition.ts';
import { compareBytes } from './byte-order.ts';
import type { SysusersLine, WantedId } from './sysusers.ts';
import type { Tree } from './tree.ts';
import { resolveInTree } from './tree-path.ts';

export interface Group {
  readonly name: string;
  readonly gid: number;
  /** In byte order. */
  readonly members: readonly string[];
}

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly description: string;
  readonly home: string;
  readonly shell: string;
  /** No way of logging in is left, not even with a key. */
  readonly isLocked: boolean;
}

/** All users and groups of an image, each ordered by number. */
export interface Accounts {
  readonly users: readonly Account[];
  readonly groups: readonly Group[];
}

type UserLine = Extract<SysusersLine, { kind: 'user' }>;
type GroupLine = Extract<SysusersLine, { kind: 'group' }>;
type MemberLine = Extract<SysusersLine, { kind: 'member' }>;
type NumberKind = 'uid' | 'gid';

interface OpenGroup {
  readonly gid: number;
  readonly members: Set<string>;
}

const NOLOGIN = '/usr/sbin/nologin';
/** Where Debian and systemd pick numbers of system accounts: SYS_UID_MIN and SYS_UID_MAX of login.defs. */
const [SYSTEM_ID_MIN, SYSTEM_ID_MAX] = [100, 999];

/** Collects accounts in the order of their authority: what is there first stays as it is. */
export class Roster {
  readonly #tree: Tree;
  readonly #ids: Readonly<Record<string, number>>;
  readonly #sources: Sources;
  readonly #report: Report;
  readonly #users = new Map<string, Account>();
  readonly #groups = new Map<string, OpenGroup>();
  readonly #userLines = new Map<string, UserLine>();
  readonly #groupLines = new Map<string, GroupLine>();
  readonly #memberLines: MemberLine[] = [];
  readonly #unnumbered = new Set<string>();

  constructor(tree: Tree, ids: Readonly<Record<string, number>>, sources: Sources, report: Report) {
    this.#tree = tree;
    this.#ids = ids;
    this.#sources = sources;
    this.#report = report;
  }

  /** Fields of a line as in group(5). */
  addMasterGroup([name = '', , gid = '', members = '']: readonly string[]): void {
    const names = members.split(',').filter((member) => member !== '');
    this.#groups.set(name, { gid: Number(gid), members: new Set(names) });
  }

  /** Fields of a line as in passwd(5). */
  addMasterUser(fields: readonly string[]): void {
    const [name = '', , uid, gid, description = '', home = '/', shell = '/bin/sh'] = fields;
    const numbers = { uid: Number(uid), gid: Number(gid) };
    this.#users.set(name, { name, ...numbers, description, home, shell, isLocked: false });
  }

  /** Of several lines for one name the first counts, as sysusers.d(5) says. */
  addSysusers(lines: readonly SysusersLine[]): void {
    for (const line of lines) {
      if (line.kind === 'member') this.#memberLines.push(line);
      else if (line.kind === 'group') setOnce(this.#groupLines, line.name, line);
      else setOnce(this.#userLines, line.name, line);
    }
  }

  /** All accounts, with the definition's own; what is wrong is reported. */
  finish(defined: readonly User[]): Accounts {
    for (const line of this.#memberLines) this.#implyMember(line);
    for (const line of this.#groupLines.values()) this.#createGroup(line);
    // Users without a group of their own come last: the group that they name may be another user's.
    const lines = [...this.#userLines.values()].sort(
      (a, b) => Number(a.group !== undefined) - Number(b.group !== undefined),
    );
    for (const line of lines) this.#createUser(line);
    for (const { user, group } of this.#memberLines) this.#groups.get(group)?.members.add(user);
    for (const user of defined) this.#createDefined(user);
    for (const user of defined) this.#joinGroups(user);
    this.#reportUnnumbered();
    this.#reportShared(
      'uid',
      [...this.#users.values()].map(({ name, uid }) => [name, uid]),
    );
    this.#reportShared(
      'gid',
      [...this.#groups].map(([name, { gid }]) => [name, gid]),
    );
    return this.#sorted();
  }

  /** An `m` line also creates what it names (sysusers.d(5), "m"). */
  #implyMember({ user, group, at }: MemberLine): void {
    const id = { kind: 'dynamic' } as const;
    setOnce(this.#groupLines, group, { kind: 'group', name: group, id, at });
    setOnce(this.#userLines, user, {
      ...{ kind: 'user', name: user, id, at, group: undefined, description: '', home: '/' },
      ...{ shell: undefined, isLocked: false },
    });
  }

  #createGroup({ name, id, at }: GroupLine): void {
    if (this.#groups.has(name)) return;
    const gid = this.#number(name, id, 'gid', at);
    if (gid !== undefined) this.#groups.set(name, { gid, members: new Set() });
  }

  #createUser(line: UserLine): void {
    const { name, description, home, isLocked } = line;
    if (this.#users.has(name)) return;
    const uid = this.#number(name, line.id, 'uid', line.at);
    if (uid === undefined) return;
    const gid = this.#primaryGroup(line, uid);
    if (gid === undefined) return;
    const shell = line.shell ?? (uid === 0 ? '/bin/sh' : NOLOGIN);
    this.#users.set(name, { name, uid, gid, description, home, shell, isLocked });
  }

  #primaryGroup({ name, group, at }: UserLine, uid: number): number | undefined {
    if (group === undefined) {
      if (!this.#groups.has(name)) this.#groups.set(name, { gid: uid, members: new Set() });
      return this.#groups.get(name)?.gid;
    }
    const found = /^\d+$/.test(group)
      ? [...this.#groups.values()].find(({ gid }) => gid === Number(group))
      : this.#groups.get(group);
    if (found === undefined && !this.#unnumbered.has(group)) {
      const tail = didYouMean(group, this.#groups.keys());
      this.#report.error(`there is no group "${group}" for the user "${name}"${tail}`, at);
    }
    return found?.gid;
  }

  #number(name: string, id: WantedId, kind: NumberKind, at: SourcePos): number | undefined {
    const given = this.#ids[name];
    switch (id.kind) {
      case 'number':
        if (given !== undefined && given !== id.id) {
          const note = `${at.file.name} fixes it`;
          this.#report.error(
            `"${name}" has the number ${id.id}`,
            this.#sources.at(['ids', name]),
            note,
          );
        }
        return id.id;
      case 'owner-of': {
        const owner = resolveInTree(this.#tree, id.path)?.[kind];
        if (owner === undefined) this.#report.error(`there is no ${id.path} in the tree`, at);
        return owner;
      }
      case 'dynamic':
        if (given === undefined) this.#unnumbered.add(name);
        return given;
    }
  }

  #createDefined({ name, uid, description = '', home, shell }: User): void {
    const at = this.#sources.at(['users', name]);
    const known = this.#users.get(name);
    if (known !== undefined && known.uid !== uid) {
      this.#report.error(`there is a user "${name}" with the number ${known.uid} already`, at);
      return;
    }
    const group = this.#groups.get(name);
    if (group !== undefined && group.gid !== uid) {
      this.#report.error(`there is a group "${name}" with the number ${group.gid} already`, at);
      return;
    }
    if (group === undefined) this.#groups.set(name, { gid: uid, members: new Set() });
    this.#unnumbered.delete(name);
    this.#users.set(name, { name, uid, gid: uid, description, home, shell, isLocked: false });
  }

  #joinGroups(user: User): void {
    for (const name of user.groups) {
      const group = this.#groups.get(name);
      const tail = didYouMean(name, this.#groups.keys());
      const at = this.#sources.ofItem(['users', user.name, 'groups'], name);
      if (group === undefined) this.#report.error(`there is no group "${name}"${tail}`, at);
      else group.members.add(user.name);
    }
  }

  /** All at once, with lines to paste: numbers that are free now. */
  #reportUnnumbered(): void {
    const names = [...this.#unnumbered].sort(compareBytes);
    if (names.length === 0) return;
    const used = new Set([
      ...Object.values(this.#ids),
      ...[...this.#users.values()].map(({ uid }) => uid),
      ...[...this.#groups.values()].map(({ gid }) => gid),
    ]);
    let next = SYSTEM_ID_MAX;
    const lines = names.map((name) => {
      while (used.has(next) && next > SYSTEM_ID_MIN) next -= 1;
      return `  ${name}: ${next--}`;
    });
    const what = names.length === 1 ? 'an account has' : `${names.length} accounts have`;
    this.#report.error(
      `${what} no fixed number: ${names.join(', ')}`,
      this.#sources.at(['ids']),
      [
        'owners of files must not change from build to build; to fix them, add:',
        'ids:',
        ...lines,
      ].join('\n'),
    );
  }

  #reportShared(kind: NumberKind, numbers: readonly (readonly [string, number])[]): void {
    const names = new Map<number, string[]>();
    for (const [name, id] of numbers) names.set(id, [...(names.get(id) ?? []), name]);
    for (const [id, sharing] of names) {
      if (sharing.length < 2) continue;
      const own = sharing.find((name) => name in this.#ids);
      const at = own === undefined ? undefined : this.#sources.at(['ids', own]);
      this.#report.error(`${sharing.join(' and ')} have the same ${kind}, ${id}`, at);
    }
  }

  #sorted(): Accounts {
    const groups = [...this.#groups].map(([name, { gid, members }]) => {
      return { name, gid, members: [...members].sort(compareBytes) };
    });
    return {
      users: [...this.#users.values()].sort(
        (a, b) => a.uid - b.uid || compareBytes(a.name, b.name),
      ),
      groups: groups.sort((a, b) => a.gid - b.gid || compareBytes(a.name, b.name)),
    };
  }
}

function setOnce<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}
