import { confFiles } from './conf-files.ts';
import { readText } from './content.ts';
import { generatedLink } from './generated.ts';
import { parsePresets, presetFor } from './presets.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { nameOf } from './tree-path.ts';
import { findUnit, type UnitFile, type UnitScope, unitNames } from './unit-files.ts';
import {
  aliasLinks,
  dependencyLinks,
  expandNames,
  type Install,
  parseInstall,
} from './unit-install.ts';
import { isInstance, templateOf } from './unit-name.ts';

/** What has to change so that exactly the units that presets enable are enabled. */
export interface PresetChanges {
  readonly links: readonly TreeEntry[];
  /** Paths of symlinks to units that presets disable. */
  readonly removed: ReadonlySet<string>;
}

/**
 * Does to a tree what `systemctl --root=… preset-all` does to a disk (systemd 257): each unit file is
 * enabled or disabled as the first matching preset says, together with what its `Also=` names.
 */
export async function presetAll(
  tree: Tree,
  scope: UnitScope,
  epoch: number,
): Promise<PresetChanges> {
  const presets = parsePresets(await confFiles(tree, scope.presets, '.preset'));
  const enabled = new Map<string, UnitFile>();
  const disabled = new Map<string, UnitFile>();
  for (const name of unitNames(tree, scope)) {
    // An alias follows the unit that it leads to.
    if (findUnit(tree, scope, name)?.name !== name || enabled.has(name) || disabled.has(name))
      continue;
    const { action, units } = presetFor(name, presets);
    if (action === 'ignore') continue;
    const chosen = action === 'enable' ? enabled : disabled;
    for (const unit of units) {
      const file = findUnit(tree, scope, unit);
      if (file !== undefined) chosen.set(file.name, file);
    }
  }
  const gone = await withAlso(tree, scope, disabled);
  const wanted = await withAlso(tree, scope, enabled);
  const removed = removedLinks(tree, scope, new Set(gone.map(({ unit }) => unit.name)));
  const links = new Map<string, TreeEntry>();
  for (const { unit, install } of wanted) {
    const target = `/${unit.path}`;
    for (const path of dependencyLinks(unit.name, install)) {
      links.set(`${scope.config}/${path}`, generatedLink(`${scope.config}/${path}`, target, epoch));
    }
    for (const alias of aliasLinks(unit.name, install)) {
      const path = `${scope.config}/${alias}`;
      const isFree = !tree.has(path) || removed.has(path);
      if (isFree && !links.has(path)) links.set(path, generatedLink(path, target, epoch));
    }
  }
  return { links: [...links.values()], removed };
}

interface Loaded {
  readonly unit: UnitFile;
  readonly install: Install;
}

/** The units with those that their `Also=` names, and so on; masked ones are left alone. */
async function withAlso(
  tree: Tree,
  scope: UnitScope,
  units: ReadonlyMap<string, UnitFile>,
): Promise<readonly Loaded[]> {
  const queue = [...units.values()];
  const seen = new Set(units.keys());
  const loaded: Loaded[] = [];
  for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
    if (unit.isMasked) continue;
    const install = await loadInstall(tree, scope, unit);
    loaded.push({ unit, install });
    for (const also of expandNames(install.also, unit.name, install)) {
      const file = findUnit(tree, scope, also);
      if (file === undefined || seen.has(file.name)) continue;
      seen.add(file.name);
      queue.push(file);
    }
  }
  return loaded;
}

/** Also of drop-ins, which systemctl reads too; those of a template count for its instances. */
async function loadInstall(tree: Tree, scope: UnitScope, unit: UnitFile): Promise<Install> {
  const template = templateOf(unit.name);
  const names = template === undefined ? [unit.name] : [unit.name, template];
  const directories = names.flatMap((name) => scope.units.map((parent) => `${parent}/${name}.d`));
  const dropIns = await confFiles(tree, directories, '.conf');
  const main = (await readText(tree, unit.path)) ?? '';
  return parseInstall([main, ...dropIns.map(({ text }) => text)]);
}

/** Symlinks of the configuration that have the name of one of the units, or lead to one. */
function removedLinks(
  tree: Tree,
  scope: UnitScope,
  units: ReadonlySet<string>,
): ReadonlySet<string> {
  const isGone = (name: string) =>
    units.has(name) || (isInstance(name) && units.has(templateOf(name) ?? ''));
  const links = [...tree.values()].flatMap((entry) => {
    if (entry.kind !== 'symlink' || !entry.path.startsWith(`${scope.config}/`)) return [];
    return isGone(nameOf(entry.path)) || isGone(nameOf(entry.target)) ? [entry.path] : [];
  });
  return new Set(links);
}
