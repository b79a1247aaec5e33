import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../report/error-code.ts';

/** One address that apt fetches packages from. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Key file, key id or the key itself, as written; undefined when any trusted key will do. */
  readonly signedBy: string | undefined;
}

/**
 * Reads the host's apt sources: `sources.list`, and in `sources.list.d` the one-line format (`.list`)
 * and deb822 (`.sources`), as sources.list(5) describes them. A host without apt has none.
 */
export async function readAptSources(directory: string): Promise<readonly AptSource[]> {
  const below = join(directory, 'sources.list.d');
  const names = (await listIfPresent(below)).toSorted();
  const files = [join(directory, 'sources.list'), ...names.map((name) => join(below, name))];
  const sources: AptSource[] = [];
  for (const file of files) {
    if (file.endsWith('.list')) sources.push(...parseOneLine(await readIfPresent(file)));
    if (file.endsWith('.sources')) sources.push(...parseDeb822(await readIfPresent(file)));
  }
  return sources;
}

/** Parses `deb [option=value …] uri suite component…` lines (sources.list(5), ONE-LINE-STYLE FORMAT). */
export function parseOneLine(text: string): readonly AptSource[] {
  return text.split('\n').flatMap((line) => {
    const words = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?([^#]+)/.exec(line);
    if (words === null) return [];
    const [uri, suite, ...components] = (words[2] ?? '').trim().split(/\s+/);
    if (uri === undefined || suite === undefined) return [];
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(words[1] ?? '')?.[1];
    return [{ uri, suites: [suite], components, signedBy }];
  });
}

/** Parses stanzas of `Types`, `URIs`, `Suites`, … (sources.list(5), DEB822-STYLE FORMAT). */
export function parseDeb822(text: string): readonly AptSource[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const stanzas = lines.join('\n').split(/\n[ \t]*\n/);
  return stanzas.map(fieldsOf).flatMap((fields) => {
    const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
    const isOff = /^(no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? '');
    if (isOff || !words('types').includes('deb')) return [];
    const common = {
      suites: words('suites'),
      components: words('components'),
      signedBy: fields.get('signed-by'),
    };
    return words('uris').map((uri) => ({ uri, ...common }));
  });
}

/** Fields by lower-case name; continuation lines are joined with a space. */
function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const joined = stanza.replaceAll(/\n[ \t]+/g, ' ');
  return new Map(
    joined.split('\n').flatMap((line): [string, string][] => {
      const [, name, value] = /^([^\s:]+):(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name.toLowerCase(), (value ?? '').trim()]];
    }),
  );
}

async function listIfPresent(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'ENOTDIR')) return [];
    throw error;
  }
}

async function readIfPresent(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'EISDIR')) return '';
    throw error;
  }
}
