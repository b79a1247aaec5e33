import { expandSpecifiers, splitWords } from './specifiers.ts';
import { instantiate, isInstance, isTemplate, parseUnitName } from './unit-name.ts';

/** The `[Install]` section of a unit (systemd.unit(5)), lists as written. */
export interface Install {
  readonly wantedBy: readonly string[];
  readonly requiredBy: readonly string[];
  readonly upheldBy: readonly string[];
  readonly alias: readonly string[];
  readonly also: readonly string[];
  readonly defaultInstance: string | undefined;
}

const LISTS: Readonly<Record<string, 'wantedBy' | 'requiredBy' | 'upheldBy' | 'alias' | 'also'>> = {
  WantedBy: 'wantedBy',
  RequiredBy: 'requiredBy',
  UpheldBy: 'upheldBy',
  Alias: 'alias',
  Also: 'also',
};

/** Reads the `[Install]` sections of a unit file and its drop-ins, in order; an empty value empties a list. */
export function parseInstall(texts: readonly string[]): Install {
  const lists = {
    wantedBy: [] as readonly string[],
    requiredBy: [] as readonly string[],
    upheldBy: [] as readonly string[],
    alias: [] as readonly string[],
    also: [] as readonly string[],
  };
  let defaultInstance: string | undefined;
  for (const [key, value] of texts.flatMap(installSettings)) {
    const list = LISTS[key];
    if (list !== undefined)
      lists[list] = value === '' ? [] : [...lists[list], ...splitWords(value)];
    else if (key === 'DefaultInstance') defaultInstance = value || undefined;
  }
  return { ...lists, defaultInstance };
}

/** Settings of all `[Install]` sections: comments left out, continued lines joined. */
function installSettings(text: string): readonly (readonly [string, string])[] {
  const settings: [string, string][] = [];
  let section = '';
  const withoutComments = text.replace(/^[ \t]*[#;].*(?:\n|$)/gm, '');
  for (const raw of withoutComments.replace(/\\\n/g, ' ').split('\n')) {
    const line = raw.trim();
    const [, name] = /^\[(.*)\]$/.exec(line) ?? [];
    if (name !== undefined) section = name;
    const equals = line.indexOf('=');
    if (name !== undefined || section !== 'Install' || equals < 0) continue;
    settings.push([line.slice(0, equals).trim(), line.slice(equals + 1).trim()]);
  }
  return settings;
}

/** The names of a list in `[Install]`, with the unit's specifiers expanded; what cannot be expanded is left out. */
export function expandNames(
  names: readonly string[],
  unit: string,
  { defaultInstance }: Install,
): readonly string[] {
  const name = isTemplate(unit) && defaultInstance ? instantiate(unit, defaultInstance) : unit;
  const { prefix = '', instance = '' } = parseUnitName(name) ?? {};
  const specifiers = {
    n: name,
    N: name.replace(/\.[^.]*$/, ''),
    p: prefix,
    j: prefix.slice(prefix.lastIndexOf('-') + 1),
    i: instance,
  };
  return names.flatMap((each) => expandSpecifiers(each, specifiers) ?? []);
}

/** One way in which another unit pulls this one in: `multi-user.target.wants/foo.service`. */
export function dependencyLinks(unit: string, install: Install): readonly string[] {
  const { defaultInstance } = install;
  const isOpenTemplate = isTemplate(unit) && defaultInstance === undefined;
  const name =
    isTemplate(unit) && defaultInstance !== undefined ? instantiate(unit, defaultInstance) : unit;
  const lists = [
    ['wants', install.wantedBy],
    ['requires', install.requiredBy],
    ['upholds', install.upheldBy],
  ] as const;
  return lists.flatMap(([kind, targets]) =>
    expandNames(targets, unit, install)
      .filter((target) => parseUnitName(target) !== undefined)
      // A template without an instance can only be pulled in by units that lend it theirs.
      .filter((target) => !isOpenTemplate || isInstance(target) || isTemplate(target))
      .map((target) => `${target}.${kind}/${name}`),
  );
}

/** The names under which the unit is also to be found; those that cannot be names of it are left out. */
export function aliasLinks(unit: string, install: Install): readonly string[] {
  const own = parseUnitName(unit);
  return expandNames(install.alias, unit, install).flatMap((alias) => {
    const [, inDirectory] = /^[^/]+\.(?:wants|requires)\/([^/]+)$/.exec(alias) ?? [];
    if (inDirectory !== undefined) return inDirectory === unit ? [alias] : [];
    const parsed = parseUnitName(alias);
    if (own === undefined || parsed === undefined || parsed.type !== own.type) return [];
    // The alias of an instance is an instance too: the template's name lends its own.
    if (own.instance && parsed.instance === '') return [instantiate(alias, own.instance)];
    const isSameKind = (own.instance === undefined) === (parsed.instance === undefined);
    const isTemplateOfInstance = own.instance === '' && parsed.instance !== undefined;
    return isSameKind && (own.instance === parsed.instance || isTemplateOfInstance) ? [alias] : [];
  });
}
