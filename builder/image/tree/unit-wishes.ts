import { Report } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Definition } from '../definition/definition.ts';
import { globMatcher } from './exclude.ts';
import { generatedFile, generatedLink } from './generated.ts';
import { isPattern, presetFile } from './presets.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { findUnit, SYSTEM_UNITS, unitNames } from './unit-files.ts';

/** Before systemd's own `90-systemd.preset`, after what an overlay may put first. */
const PRESET = 'usr/lib/systemd/system-preset/10-kiln.preset';

/**
 * The definition's wishes about units as files: a preset for what is enabled and disabled, symlinks to /dev/null for
 * what is masked. Throws DiagnosticsError when a unit does not exist.
 */
export function unitWishes(
  tree: Tree,
  units: Definition['units'],
  sources: Sources,
  epoch: number,
): readonly TreeEntry[] {
  const report = new Report();
  const names = unitNames(tree, SYSTEM_UNITS);
  for (const list of ['enable', 'disable', 'mask'] as const) {
    for (const name of units[list]) {
      const exists = isPattern(name)
        ? names.some(globMatcher([name]))
        : findUnit(tree, SYSTEM_UNITS, name) !== undefined;
      if (exists) continue;
      const at = sources.ofItem(['units', list], name);
      report.error(`no package or overlay has a unit "${name}"${didYouMean(name, names)}`, at);
    }
  }
  if (!report.isEmpty) sources.fail(report.diagnostics);
  const masked = units.mask.flatMap((name) =>
    isPattern(name) ? names.filter(globMatcher([name])) : [name],
  );
  // Presets speak of files: an alias in one would match nothing.
  const real = (list: readonly string[]) =>
    list.map((name) => findUnit(tree, SYSTEM_UNITS, name)?.name ?? name);
  return [
    generatedFile(
      PRESET,
      presetFile({ enable: real(units.enable), disable: real(units.disable) }),
      epoch,
    ),
    ...masked.map((name) => generatedLink(`${SYSTEM_UNITS.config}/${name}`, '/dev/null', epoch)),
  ];
}
