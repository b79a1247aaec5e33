import type { Diagnostic } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Arch } from '../arch.ts';
import { OTHER_STARTS } from '../definition/starts.ts';
import type { WantedModule } from './closure.ts';
import { moduleName } from './metadata.ts';
import { type ModuleSets, wantedModules } from './module-sets.ts';

/** The lists of module names in an image file. */
export interface ModuleLists {
  readonly file: string;
  readonly arch: Arch;
  readonly kernel: { readonly modules: readonly string[] };
  readonly initrd: { readonly modules: readonly string[] };
  readonly netboot: { readonly modules: readonly string[] };
  readonly iso: { readonly modules: readonly string[] };
}

/** What there is to choose from. */
export interface KnownModules {
  /** Of the kernel. */
  readonly release: string;
  /** Names of its modules and of what is built in. */
  readonly names: ReadonlySet<string>;
  readonly sets: ModuleSets;
}

/** Every wanted module that a kernel neither has nor has built in, at its place. */
export function unknownModules(
  lists: ModuleLists,
  known: KnownModules,
  sources: Pick<Sources, 'ofItem'>,
): readonly Diagnostic[] {
  const options = { arch: lists.arch, asker: lists.file };
  return (['kernel', 'initrd', ...OTHER_STARTS] as const).flatMap((list) =>
    wantedModules(lists[list].modules, known.sets, options)
      .filter(({ name, isOptional }) => !isOptional && !known.names.has(moduleName(name)))
      .map((wanted) => ({
        ...describeUnknown(wanted, known),
        at: sources.ofItem([list, 'modules'], wanted.item),
      })),
  );
}

function describeUnknown(
  { name, item, by }: WantedModule,
  { release, names, sets }: KnownModules,
): Diagnostic {
  if (name === item) {
    const tail = didYouMean(name, [...Object.keys(sets), ...names]);
    return {
      message: `"${name}" is no module set, and kernel ${release} has no such module${tail}`,
    };
  }
  return {
    message: `${by} has the module "${name}", and kernel ${release} has not`,
    note: 'a module that images can do without belongs into `optional` of its set',
  };
}
