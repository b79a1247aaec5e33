import { DiagnosticsError } from '../../report/format.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Definition, OtherStart } from '../definition/definition.ts';
import { startsOf } from '../definition/starts.ts';
import type { OpenPackage } from '../store/open-packages.ts';
import type { Store } from '../store/store.ts';
import { type Closure, closeOver } from './closure.ts';
import { type FirmwareSelection, selectFirmware } from './firmware.ts';
import { findKernel, type KernelFiles } from './kernel-files.ts';
import { loadKernelMetadata } from './kernel-metadata.ts';
import type { Kmod } from './kmod.ts';
import { type ModuleSets, wantedModules } from './module-sets.ts';
import { unknownModules } from './unknown-modules.ts';

/** What a selection is made from. */
export interface KernelRequest {
  readonly definition: Pick<
    Definition,
    'file' | 'arch' | 'kernel' | 'initrd' | OtherStart | 'artifacts'
  >;
  readonly sets: ModuleSets;
  /** All locked packages: the kernel's and those with firmware are found among them. */
  readonly packages: readonly OpenPackage[];
  /** Where the definition was written, for errors. */
  readonly sources: Pick<Sources, 'ofItem'>;
}

/** What a selection is made with. */
export interface KernelTools {
  readonly store: Pick<Store, 'derived'>;
  readonly kmod: Kmod;
}

/** Modules and their firmware, with the reasons. */
export interface ModuleSelection extends Closure {
  readonly firmware: FirmwareSelection;
}

/** The modules of the root and of the initrd, each with its own closure. */
export interface SelectedModules {
  readonly kernel: KernelFiles;
  readonly root: ModuleSelection;
  readonly initrd: ModuleSelection;
  /** Of the initrds of other starts that the definition asks for. */
  readonly starts: ByStart<ModuleSelection>;
}

/** Something of each start that a definition asks for. */
export type ByStart<T> = ReadonlyMap<OtherStart, T>;

/**
 * Resolves what a definition wants of its kernel. A wanted module that the kernel does not have is an
 * error; all of them come at once. Firmware that no locked package has is not: many cards work
 * without, and the selection says what is missing.
 */
export async function selectModules(
  request: KernelRequest,
  tools: KernelTools,
): Promise<SelectedModules> {
  const { definition, packages, sets } = request;
  const kernel = findKernel(packages);
  const metadata = await loadKernelMetadata(kernel, tools);
  const options = { arch: definition.arch, asker: definition.file };
  const root = closeOver(wantedModules(definition.kernel.modules, sets, options), metadata);
  const initrd = closeOver(wantedModules(definition.initrd.modules, sets, options), metadata);
  const names = new Set([...metadata.modules.keys(), ...metadata.builtins]);
  const known = { release: kernel.release, names, sets };
  const diagnostics = unknownModules(definition, known, request.sources);
  if (diagnostics.length > 0) throw new DiagnosticsError(definition.file, diagnostics);
  return {
    kernel,
    root: { ...root, firmware: selectFirmware(root.modules, packages) },
    initrd: { ...initrd, firmware: selectFirmware(initrd.modules, packages) },
    starts: new Map(startsOf(definition).map((start) => [start, selectForStart(start)])),
  };

  function selectForStart(start: OtherStart): ModuleSelection {
    const names = [...definition.initrd.modules, ...definition[start].modules];
    const closure = closeOver(wantedModules(names, sets, options), metadata);
    return { ...closure, firmware: selectFirmware(closure.modules, packages) };
  }
}
