import { KilnError } from '../../report/errors.ts';
import { compareBytes } from '../tree/byte-order.ts';
import { type KernelMetadata, type KernelModule, moduleName } from './metadata.ts';

/** Why a module is in an image. */
export type Reason =
  /** Asked for: `by` is a module set's name or the definition's file. */
  | { readonly kind: 'wanted'; readonly by: string }
  /** Module `by` cannot be loaded without it. */
  | { readonly kind: 'needed'; readonly by: string }
  /** modprobe loads it along with module `by`, when it is there. */
  | { readonly kind: 'soft'; readonly by: string };

/** A module that a set or a definition asks for. */
export interface WantedModule {
  readonly name: string;
  /** For the reason: the set, or the definition's file. */
  readonly by: string;
  /** The word in the definition's list that stands for it: the set's name, or the module's own. */
  readonly item: string;
  /** The image is fine without it: not every kernel has it. */
  readonly isOptional: boolean;
}

/** A module that an image gets, and why. */
export interface SelectedModule extends KernelModule {
  readonly reason: Reason;
}

/** Something that was asked for and needs no file. */
export interface SelectedBuiltin {
  readonly name: string;
  readonly reason: Reason;
}

/** What follows from a wish list, for one kernel; all lists are sorted by name. */
export interface Closure {
  readonly modules: readonly SelectedModule[];
  readonly builtins: readonly SelectedBuiltin[];
}

/**
 * Everything that the wanted modules need: over hard dependencies and, where the kernel has them,
 * soft ones. Each module's reason is the last link of a shortest chain from a wish. A wanted module
 * that the kernel lacks is passed over. Throws when the kernel's own modules name a hard dependency
 * that it lacks.
 */
export function closeOver(wanted: readonly WantedModule[], kernel: KernelMetadata): Closure {
  const modules = new Map<string, SelectedModule>();
  const builtins = new Map<string, SelectedBuiltin>();
  const take = (name: string, reason: Reason): boolean => {
    const module = kernel.modules.get(name);
    if (module !== undefined) {
      if (!modules.has(name)) modules.set(name, { ...module, reason });
      return true;
    }
    if (!kernel.builtins.has(name)) return false;
    if (!builtins.has(name)) builtins.set(name, { name, reason });
    return true;
  };
  for (const { name, by } of wanted) take(moduleName(name), { kind: 'wanted', by });
  // A Map's iteration also visits what is added on the way, in order: a breadth-first walk.
  for (const module of modules.values()) {
    for (const name of module.depends) {
      if (!take(name, { kind: 'needed', by: module.name })) throw brokenKernel(module, name);
    }
    for (const name of module.soft.flatMap((soft) => softTargets(soft, kernel))) {
      take(name, { kind: 'soft', by: module.name });
    }
  }
  return { modules: sorted(modules), builtins: sorted(builtins) };
}

function softTargets(name: string, kernel: KernelMetadata): readonly string[] {
  const carriers = kernel.aliases.get(name) ?? [];
  return [moduleName(name), ...carriers];
}

function sorted<T>(byName: ReadonlyMap<string, T>): T[] {
  return [...byName].sort(([a], [b]) => compareBytes(a, b)).map(([, value]) => value);
}

function brokenKernel(module: KernelModule, missing: string): KilnError {
  return new KilnError(
    'lock',
    `kernel module ${module.name} needs ${missing}, and no locked kernel package has it`,
    { hint: 'run `kiln lock` again: the kernel packages of one build belong together' },
  );
}
