import { sizeOf } from './content.ts';
import type { Tree } from './tree.ts';
import { locateInTree, nameOf, namesInDirectory, parentOf, resolveInTree } from './tree-path.ts';
import { instantiate, isTemplate, parseUnitName, templateOf } from './unit-name.ts';

/** Where one of systemd's two managers looks for units and presets, in order of precedence. */
export interface UnitScope {
  readonly units: readonly string[];
  readonly presets: readonly string[];
  /** Where enabling makes its symlinks. */
  readonly config: string;
}

export const SYSTEM_UNITS: UnitScope = {
  units: ['etc/systemd/system', 'usr/local/lib/systemd/system', 'usr/lib/systemd/system'],
  presets: [
    'etc/systemd/system-preset',
    'usr/local/lib/systemd/system-preset',
    'usr/lib/systemd/system-preset',
  ],
  config: 'etc/systemd/system',
};

export const USER_UNITS: UnitScope = {
  units: [
    'etc/systemd/user',
    'usr/local/share/systemd/user',
    'usr/share/systemd/user',
    'usr/local/lib/systemd/user',
    'usr/lib/systemd/user',
  ],
  presets: [
    'etc/systemd/user-preset',
    'usr/local/lib/systemd/user-preset',
    'usr/lib/systemd/user-preset',
  ],
  config: 'etc/systemd/user',
};

/** A unit's file, with its real name when it was found by an alias. */
export interface UnitFile {
  readonly name: string;
  readonly path: string;
  readonly isMasked: boolean;
}

/** As systemd: more aliases of aliases than this are a loop. */
const MAX_ALIASES = 64;

/** Names of all files that are units, in the order in which `systemctl preset-all` meets them. */
export function unitNames(tree: Tree, scope: UnitScope): readonly string[] {
  const names = scope.units.flatMap((directory) =>
    namesInDirectory(tree, directory).filter(
      (name) => tree.get(`${directory}/${name}`)?.kind !== 'directory',
    ),
  );
  return [...new Set(names)].filter((name) => parseUnitName(name) !== undefined);
}

/** Finds the file of a unit through aliases, masks and templates; undefined when there is none. */
export function findUnit(tree: Tree, scope: UnitScope, wanted: string): UnitFile | undefined {
  let name = wanted;
  for (let aliases = 0; aliases < MAX_ALIASES; aliases++) {
    const path = pathOf(tree, scope, name) ?? pathOf(tree, scope, templateOf(name));
    const entry = path === undefined ? undefined : tree.get(path);
    if (path === undefined || entry === undefined) return undefined;
    if (entry.kind === 'file') return { name, path, isMasked: sizeOf(entry.content) === 0 };
    if (entry.kind !== 'symlink') return undefined;
    if (entry.target === '/dev/null') return { name, path, isMasked: true };
    const target = targetOf(tree, path, entry.target);
    if (target === undefined || !scope.units.includes(parentOf(target))) {
      return linkedUnit(tree, name, path);
    }
    const next = aliasedName(name, nameOf(target));
    if (next === name) return linkedUnit(tree, name, path);
    name = next;
  }
  return undefined;
}

/** An alias of an instance leads to that instance of the other template. */
function aliasedName(name: string, target: string): string {
  const instance = parseUnitName(name)?.instance;
  return instance && isTemplate(target) ? instantiate(target, instance) : target;
}

/** A symlink to a file of the same name or outside of the search path stands for the file itself. */
function linkedUnit(tree: Tree, name: string, path: string): UnitFile | undefined {
  const file = resolveInTree(tree, path);
  if (file?.kind !== 'file') return undefined;
  return { name, path: file.path, isMasked: sizeOf(file.content) === 0 };
}

function pathOf(tree: Tree, scope: UnitScope, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  return scope.units.map((directory) => `${directory}/${name}`).find((path) => tree.has(path));
}

/** The path that a symlink names, with the directories on the way resolved. */
function targetOf(tree: Tree, link: string, target: string): string | undefined {
  const absolute = target.startsWith('/') ? target.slice(1) : `${parentOf(link)}/${target}`;
  const parent = resolveInTree(tree, parentOf(absolute));
  return parent === undefined
    ? undefined
    : locateInTree(tree, `${parent.path}/${nameOf(absolute)}`)?.path;
}
