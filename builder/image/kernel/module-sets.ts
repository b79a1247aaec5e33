import { list, type ObjectOf, object, optional, record, required } from '../../yaml/collections.ts';
import { loadYaml } from '../../yaml/decode.ts';
import { type Decoder, described } from '../../yaml/decoder.ts';
import { text } from '../../yaml/scalars.ts';
import type { Arch } from '../arch.ts';
import type { WantedModule } from './closure.ts';

const setName = text({
  pattern: /^[a-z][a-z0-9-]*$/,
  expected: 'a set name (lower-case letters, digits, -)',
});
const modules = list(
  text({
    pattern: /^[A-Za-z0-9_]+$/,
    expected: "a module's name as the kernel writes it (letters, digits, _)",
  }),
);

const fields = {
  description: required(described('What the set is for, in one line.', text({ pattern: /^.+$/ }))),
  modules: optional(described('Modules that every kernel must have, or have built in.', modules)),
  x86_64: optional(described('The same, for x86_64 only.', modules)),
  arm64: optional(described('The same, for arm64 only.', modules)),
  optional: optional(described('Modules that are taken where the kernel has them.', modules)),
};

/** A named part of images/modules.yaml: modules that are wanted together. */
export type ModuleSet = ObjectOf<typeof fields>;

/** All sets, by name. */
export type ModuleSets = Readonly<Record<string, ModuleSet>>;

/** What images/modules.yaml holds. */
export const MODULE_SETS: Decoder<ModuleSets> = record(setName, object(fields));

/**
 * Reads a file of module sets.
 * @throws DiagnosticsError with everything that is wrong in it
 */
export async function loadModuleSets(path: string): Promise<ModuleSets> {
  return (await loadYaml(path, MODULE_SETS)).value;
}

/**
 * The modules that a list of set and module names stands for, on one architecture. A name that is no
 * set's is a module's. `asker` is who wrote the list, for the reasons: the definition's file.
 */
export function wantedModules(
  names: readonly string[],
  sets: ModuleSets,
  options: { readonly arch: Arch; readonly asker: string },
): readonly WantedModule[] {
  return names.flatMap((name): readonly WantedModule[] => {
    const set = Object.hasOwn(sets, name) ? sets[name] : undefined;
    if (set === undefined) {
      return [{ name, by: options.asker, item: name, isOptional: false }];
    }
    const by = `set ${name}`;
    const firm = [...(set.modules ?? []), ...(set[options.arch] ?? [])];
    return [
      ...firm.map((module) => ({ name: module, by, item: name, isOptional: false })),
      ...(set.optional ?? []).map((module) => ({ name: module, by, item: name, isOptional: true })),
    ];
  });
}
