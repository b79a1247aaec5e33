import { join } from 'node:path';
import type { Diagnostic } from '../../report/diagnostic.ts';
import { BOOTSTRAP_DECODER } from '../../tools/xz.ts';
import type { Sources } from '../../yaml/sources.ts';
import { coverKernel } from '../cni/cover-image.ts';
import { findUncovered } from '../cni/refuse-uncovered.ts';
import type { OtherStart } from '../definition/definition.ts';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import type { Draft } from '../definition/rule.ts';
import { findKernel, isKernelPackage, type KernelFiles } from '../kernel/kernel-files.ts';
import { moduleName, parseBuiltins } from '../kernel/metadata.ts';
import { loadModuleSets } from '../kernel/module-sets.ts';
import { contentOfFile } from '../kernel/package-file.ts';
import { type ModuleLists, unknownModules } from '../kernel/unknown-modules.ts';
import { openPackages } from '../store/open-packages.ts';
import type { DebFile } from '../store/packages.ts';
import { readContent } from '../tree/content.ts';
import type { Library } from './library.ts';

/** Where module names stand, as far as the image file could be read. */
export interface ModuleWishes {
  readonly file: string;
  readonly draft: Pick<Draft, 'arch' | 'kernel' | 'initrd' | OtherStart | 'cni'>;
  readonly sources: Pick<Sources, 'ofItem'>;
}

/**
 * Looks only for names, so that of all packages the kernel's alone are opened, and no tool is needed. Without
 * a kernel among the packages there is nothing to compare with. Of CNIs it finds those for which the kernel has
 * not everything; whether the image has it takes the modules' dependencies.
 */
export async function findBadModules(
  { file, draft, sources }: ModuleWishes,
  packages: readonly DebFile[],
  library: Library,
): Promise<readonly Diagnostic[]> {
  const kernels = packages.filter(isKernelPackage);
  const lists = listsOf(file, draft);
  const { cni = [] } = draft;
  if ((lists === undefined && cni.length === 0) || kernels.length === 0) return [];
  const opened = await openPackages(kernels, {
    ...library,
    decoder: BOOTSTRAP_DECODER,
  });
  const kernel = findKernel(opened);
  const uncovered = cni.length === 0 ? [] : findUncovered(cni, await coverKernel(kernel), sources);
  if (lists === undefined) return uncovered;
  const sets = await loadModuleSets(join(PROJECT_DIRECTORY, 'images', 'modules.yaml'));
  const known = { release: kernel.release, names: await namesIn(kernel), sets };
  return [...unknownModules(lists, known, sources), ...uncovered];
}

/** Undefined when no module is wanted, or it cannot be told for which architecture. */
function listsOf(file: string, draft: ModuleWishes['draft']): ModuleLists | undefined {
  const { arch } = draft;
  const kernel = { modules: draft.kernel?.modules ?? [] };
  const initrd = { modules: draft.initrd?.modules ?? [] };
  const netboot = { modules: draft.netboot?.modules ?? [] };
  const iso = { modules: draft.iso?.modules ?? [] };
  const isEmpty = [kernel, initrd, netboot, iso].every(({ modules }) => modules.length === 0);
  return arch === undefined || isEmpty ? undefined : { file, arch, kernel, initrd, netboot, iso };
}

async function namesIn(kernel: KernelFiles): Promise<ReadonlySet<string>> {
  const builtin = await readContent(contentOfFile(kernel.builtin));
  return new Set([
    ...[...kernel.modules.keys()].map(moduleName),
    ...parseBuiltins(builtin.toString()),
  ]);
}
