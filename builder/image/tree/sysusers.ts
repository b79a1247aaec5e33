import type { Report, SourceFile, SourcePos } from '../../report/diagnostic.ts';
import { expandSpecifiers, type Specifiers, splitWords } from './specifiers.ts';

/** Who gives an account its number: the line itself, the owner of a file, or nobody yet. */
export type WantedId =
  | { readonly kind: 'number'; readonly id: number }
  | { readonly kind: 'owner-of'; readonly path: string }
  | { readonly kind: 'dynamic' };

/** One line of a sysusers.d file; `r` lines are left out, as Kiln never picks numbers by itself. */
export type SysusersLine = { readonly at: SourcePos } & (
  | {
      readonly kind: 'user';
      readonly name: string;
      readonly id: WantedId;
      /** Name or number of the primary group; without it the group has the user's name. */
      readonly group: string | undefined;
      readonly description: string;
      readonly home: string;
      readonly shell: string | undefined;
      /** Written `u!`: no way of logging in is left. */
      readonly isLocked: boolean;
    }
  | { readonly kind: 'group'; readonly name: string; readonly id: WantedId }
  | { readonly kind: 'member'; readonly user: string; readonly group: string }
);

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/;
const MAX_FIELDS = 6;

/** Reads a sysusers.d file (sysusers.d(5)); what is wrong in it is reported at its line. */
export function parseSysusers(
  file: SourceFile,
  specifiers: Specifiers,
  report: Report,
): readonly SysusersLine[] {
  const lines: SysusersLine[] = [];
  for (const match of file.text.matchAll(/^.*$/gm)) {
    const text = match[0].trim();
    if (text === '' || text.startsWith('#')) continue;
    const start = match.index + match[0].indexOf(text);
    const line = parseLine(text, specifiers, (message) => {
      report.error(message, { file, start, end: start + text.length });
    });
    if (line !== undefined) lines.push({ ...line, at: { file, start, end: start + text.length } });
  }
  return lines;
}

type WithoutPlace<T> = T extends unknown ? Omit<T, 'at'> : never;

function parseLine(
  text: string,
  specifiers: Specifiers,
  fail: (message: string) => void,
): WithoutPlace<SysusersLine> | undefined {
  const [type = '', ...words] = splitWords(text);
  const fields = words.map((word) => expandSpecifiers(word === '-' ? '' : word, specifiers));
  if (fields.includes(undefined)) {
    fail('a specifier of this line is not known when the image is built');
    return undefined;
  }
  const [name = '', id = '', description = '', home = '', shell = ''] = fields;
  if (type === 'r') return undefined;
  if (!NAME.test(name)) fail(`"${name}" is not a name of an account`);
  else if (fields.length >= MAX_FIELDS) fail('this line has too many fields');
  else if (type === 'm') return memberLine(name, id, fail);
  else if (type === 'g') return groupLine(name, id, fail);
  else if (type === 'u' || type === 'u!') {
    const [own = '', ...group] = id.startsWith('/') ? [id] : id.split(':');
    const wanted = parseId(own === '-' ? '' : own);
    if (wanted === undefined) return badId(id, fail);
    return {
      kind: 'user',
      name,
      id: wanted,
      group: group.length > 0 ? group.join(':') : undefined,
      description,
      home: home || '/',
      shell: shell || undefined,
      isLocked: type === 'u!',
    };
  } else fail(`"${type}" is not a type of line that sysusers.d has`);
  return undefined;
}

function memberLine(user: string, group: string, fail: (message: string) => void) {
  if (NAME.test(group)) return { kind: 'member', user, group } as const;
  fail(`"${group}" is not a name of a group`);
  return undefined;
}

function groupLine(name: string, id: string, fail: (message: string) => void) {
  const wanted = parseId(id);
  return wanted === undefined ? badId(id, fail) : ({ kind: 'group', name, id: wanted } as const);
}

function badId(id: string, fail: (message: string) => void): undefined {
  fail(`"${id}" is not a number, a path or "-"`);
}

/** Undefined when it is none; 65535 and 4294967295 mean "no user" to the kernel. */
function parseId(text: string): WantedId | undefined {
  if (text === '') return { kind: 'dynamic' };
  if (text.startsWith('/')) return { kind: 'owner-of', path: text };
  const id = Number(text);
  const isUsable = /^\d{1,10}$/.test(text) && id < 0xffffffff && id !== 0xffff;
  return isUsable ? { kind: 'number', id } : undefined;
}
