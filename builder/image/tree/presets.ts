import type { SourceFile } from '../../report/diagnostic.ts';
import type { Definition } from '../definition/definition.ts';
import { globMatcher } from './exclude.ts';
import { splitWords } from './specifiers.ts';
import { instantiate, isTemplate, parseUnitName, templateOf } from './unit-name.ts';

type Action = 'enable' | 'disable' | 'ignore';

/** One line of a preset file (systemd.preset(5)). */
export interface PresetRule {
  readonly action: Action;
  readonly matches: (name: string) => boolean;
  readonly pattern: string;
  /** Which instances of a template are meant; empty for the unit itself. */
  readonly instances: readonly string[];
}

/** The rules of preset files, in order. Lines that systemd would not understand are left out, as it does. */
export function parsePresets(files: readonly SourceFile[]): readonly PresetRule[] {
  return files
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => !/^\s*[#;]/.test(line))
    .flatMap((line): readonly PresetRule[] => {
      const [action, pattern, ...instances] = splitWords(line);
      if (!isAction(action) || pattern === undefined) return [];
      const takesInstances = action === 'enable' && isTemplate(pattern);
      if (instances.length > 0 && !takesInstances) return [];
      return [{ action, pattern, instances, matches: globMatcher([pattern]) }];
    });
}

/** What the first matching rule says of a unit file, and for which units; without a rule a unit is enabled. */
export function presetFor(
  name: string,
  rules: readonly PresetRule[],
): { readonly action: Action; readonly units: readonly string[] } {
  for (const rule of rules) {
    if (
      rule.instances.length > 0 &&
      rule.pattern === (isTemplate(name) ? name : templateOf(name))
    ) {
      const all = rule.instances.map((instance) => instantiate(rule.pattern, instance));
      if (isTemplate(name)) return { action: rule.action, units: all };
      if (all.includes(name)) return { action: rule.action, units: [name] };
    }
    if (rule.matches(name)) return { action: rule.action, units: [name] };
  }
  return { action: 'enable', units: [name] };
}

/** The definition's wishes as a preset file: single units first, then patterns, so that `*` may be disabled. */
export function presetFile({
  enable,
  disable,
}: Pick<Definition['units'], 'enable' | 'disable'>): string {
  const instances = new Map<string, string[]>();
  for (const unit of enable) {
    const template = templateOf(unit);
    const instance = parseUnitName(unit)?.instance;
    if (template === undefined || instance === undefined) continue;
    instances.set(template, [...(instances.get(template) ?? []), instance]);
  }
  const lines = [
    ...[...instances].map(([template, names]) => `enable ${template} ${names.join(' ')}`),
    ...enable.filter((unit) => templateOf(unit) === undefined).map((unit) => `enable ${unit}`),
    ...disable.map((unit) => `disable ${unit}`),
  ];
  const sorted = lines.map((line, index) => ({ line, index, isPattern: isPattern(line) }));
  sorted.sort((a, b) => Number(a.isPattern) - Number(b.isPattern) || a.index - b.index);
  return `# Made by Kiln from the image's definition.\n${sorted.map(({ line }) => `${line}\n`).join('')}`;
}

/** Whether a name of the definition stands for several units. */
export function isPattern(name: string): boolean {
  return /[*?[]/.test(name);
}

function isAction(word: string | undefined): word is Action {
  return word === 'enable' || word === 'disable' || word === 'ignore';
}
