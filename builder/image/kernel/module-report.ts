import { compareBytes } from '../tree/byte-order.ts';
import type { Reason } from './closure.ts';
import type { FirmwareFile, MissingFirmware } from './firmware.ts';
import type { ModuleSelection, SelectedModules } from './select-modules.ts';

/** Which of an image's two parts has a module. */
export type Place = 'root' | 'initrd' | 'both';

/** One module of an image, for people and scripts. */
export interface ReportedModule {
  readonly name: string;
  readonly in: Place;
  /** As shipped, compressed. */
  readonly sizeBytes: number;
  readonly reason: Reason;
}

/** How much a part of the image gets. */
export interface Totals {
  readonly modules: number;
  readonly moduleBytes: number;
  readonly firmwareFiles: number;
  readonly firmwareBytes: number;
}

/** All that `kiln modules` tells; with `--json` this is what is printed. */
export interface ModulesReport {
  readonly kernel: string;
  readonly modules: readonly ReportedModule[];
  readonly builtins: readonly { readonly name: string; readonly reason: Reason }[];
  readonly firmware: readonly FirmwareFile[];
  readonly missingFirmware: readonly MissingFirmware[];
  readonly totals: { readonly root: Totals; readonly initrd: Totals };
}

/** Brings the root's and the initrd's selection together; of a module in both, the root's reason counts. */
export function reportModules({ kernel, root, initrd }: SelectedModules): ModulesReport {
  const inRoot = new Set(root.modules.map(({ name }) => name));
  const inInitrd = new Set(initrd.modules.map(({ name }) => name));
  const modules = byName(root.modules, initrd.modules).map(({ name, sizeBytes, reason }) => ({
    name,
    in: placeOf(inRoot.has(name), inInitrd.has(name)),
    sizeBytes,
    reason,
  }));
  return {
    kernel: kernel.release,
    modules,
    builtins: byName(root.builtins, initrd.builtins),
    firmware: byName(root.firmware.files, initrd.firmware.files),
    missingFirmware: byName(root.firmware.missing, initrd.firmware.missing),
    totals: { root: totalsOf(root), initrd: totalsOf(initrd) },
  };
}

/** One line for a build whose modules ask for firmware that no locked package has; undefined if all is there. */
export function firmwareWarning(selected: SelectedModules, image: string): string | undefined {
  const { missingFirmware } = reportModules(selected);
  const count = missingFirmware.length;
  if (count === 0) return undefined;
  const subject = count === 1 ? '1 firmware file is' : `${count} firmware files are`;
  return `${subject} in no locked package; see: kiln modules ${image}`;
}

function placeOf(inRoot: boolean, inInitrd: boolean): Place {
  if (inRoot && inInitrd) return 'both';
  return inRoot ? 'root' : 'initrd';
}

function byName<T extends { readonly name: string }>(
  root: readonly T[],
  initrd: readonly T[],
): readonly T[] {
  const known = new Set(root.map(({ name }) => name));
  const all = [...root, ...initrd.filter(({ name }) => !known.has(name))];
  return all.sort((a, b) => compareBytes(a.name, b.name));
}

function totalsOf({ modules, firmware }: ModuleSelection): Totals {
  // Two names can lead to one file.
  const files = new Map(firmware.files.map(({ path, sizeBytes }) => [path, sizeBytes]));
  return {
    modules: modules.length,
    moduleBytes: sum(modules.map(({ sizeBytes }) => sizeBytes)),
    firmwareFiles: files.size,
    firmwareBytes: sum([...files.values()]),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
