import { posix } from 'node:path';
import type { OpenPackage } from '../store/open-packages.ts';
import type { UnpackedPackage } from '../store/unpacked.ts';
import { compareBytes } from '../tree/byte-order.ts';
import type { TreeEntry } from '../tree/tree.ts';
import type { SelectedModule } from './closure.ts';
import { originOf, type PackageFile, treeFile } from './package-file.ts';

const FIRMWARE = 'usr/lib/firmware/';
const FIRMWARE_PATH = /^(?:usr\/)?lib\/firmware\/(?=.)/;
/** What else a package of nothing but firmware may have. */
const ASIDE = /^usr\/share\/(?:doc|bug|lintian|metainfo)\//;
/** Compressions that the kernel's firmware loader takes (FW_LOADER_COMPRESS_*), by their suffix. */
const SUFFIXES = ['', '.xz', '.zst'];
/** As in the kernel's own path walk (path_resolution(7)). */
const MAX_LINKS = 40;

/** A firmware file that a selected module may ask for. */
export interface FirmwareFile {
  /** What the module calls it. */
  readonly name: string;
  /** Modules that ask for it. */
  readonly modules: readonly string[];
  /** Package that has it. */
  readonly package: string;
  /** Its path in the root, links followed. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** A firmware name that no locked package has. */
export interface MissingFirmware {
  readonly name: string;
  readonly modules: readonly string[];
}

/** Firmware of a set of modules. */
export interface FirmwareSelection {
  readonly files: readonly FirmwareFile[];
  readonly missing: readonly MissingFirmware[];
  /** Files and links for the tree. */
  readonly entries: readonly TreeEntry[];
}

/** Whether all that a package is for is firmware, so that the selection decides what of it gets in. */
export function isFirmwarePackage(unpacked: UnpackedPackage): boolean {
  const files = unpacked.entries.filter(({ kind }) => kind !== 'directory');
  return (
    files.some(({ path }) => FIRMWARE_PATH.test(path)) &&
    files.every(({ path }) => FIRMWARE_PATH.test(path) || ASIDE.test(path))
  );
}

/**
 * The files of firmware packages that the modules name (MODULE_FIRMWARE), and no others. Names may be
 * globs. Links in the packages are followed and kept; compressed files are found too.
 */
export function selectFirmware(
  modules: readonly SelectedModule[],
  packages: readonly OpenPackage[],
): FirmwareSelection {
  const asked = askersByName(modules);
  const library = firmwareLibrary(packages);
  const entries = new Map<string, TreeEntry>();
  const files: FirmwareFile[] = [];
  const missing: MissingFirmware[] = [];
  for (const [name, askers] of asked) {
    const found = matchingNames(name, library).flatMap((match) => {
      const walk = follow(FIRMWARE + match, library);
      return walk === undefined ? [] : [walk];
    });
    if (found.length === 0) missing.push({ name, modules: askers });
    for (const { file, path, passed } of found) {
      for (const entry of passed) entries.set(entry.path, entry);
      const sizeBytes = file.entry.sizeBytes ?? 0;
      files.push({ name, modules: askers, package: file.unpacked.name, path, sizeBytes });
    }
  }
  return { files, missing, entries: [...entries.values()] };
}

function askersByName(modules: readonly SelectedModule[]): ReadonlyMap<string, readonly string[]> {
  const askers = new Map<string, string[]>();
  for (const module of modules) {
    for (const name of new Set(module.firmware)) {
      askers.set(name, [...(askers.get(name) ?? []), module.name]);
    }
  }
  return new Map([...askers].sort(([a], [b]) => compareBytes(a, b)));
}

/** All members of the firmware packages, by path below a merged /usr. */
type Library = ReadonlyMap<string, PackageFile>;

function firmwareLibrary(packages: readonly OpenPackage[]): Library {
  const library = new Map<string, PackageFile>();
  for (const { unpacked } of packages.filter((each) => isFirmwarePackage(each.unpacked))) {
    for (const entry of unpacked.entries) {
      if (!FIRMWARE_PATH.test(entry.path)) continue;
      library.set(entry.path.replace(FIRMWARE_PATH, FIRMWARE), { entry, unpacked });
    }
  }
  return library;
}

function matchingNames(name: string, library: Library): readonly string[] {
  if (!/[*?[]/.test(name)) {
    const suffix = SUFFIXES.find((each) => follow(FIRMWARE + name + each, library) !== undefined);
    return suffix === undefined ? [] : [name + suffix];
  }
  const pattern = globPattern(name);
  return [...library]
    .filter(([path, { entry }]) => entry.kind !== 'directory' && pattern.test(path))
    .map(([path]) => path.slice(FIRMWARE.length))
    .sort(compareBytes);
}

function globPattern(name: string): RegExp {
  const body = name
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${FIRMWARE}${body}(?:\\.xz|\\.zst)?$`);
}

interface Walk {
  readonly file: PackageFile;
  readonly path: string;
  /** Every link on the way, and the file. */
  readonly passed: readonly TreeEntry[];
}

/** Walks a path through the packages' links, also those in the middle of it; undefined if it leads nowhere. */
function follow(path: string, library: Library): Walk | undefined {
  const passed: TreeEntry[] = [];
  let current = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const link = firstLink(current, library);
    if (link === undefined) {
      const file = library.get(current);
      if (file === undefined || file.entry.kind === 'directory') return undefined;
      const source = file.entry.kind === 'hardlink' ? hardlinkTarget(file, library) : file;
      if (source === undefined) return undefined;
      return { file: source, path: current, passed: [...passed, treeFile(source, current)] };
    }
    passed.push(link.entry);
    const target = posix.join(link.base, link.target, current.slice(link.entry.path.length));
    current = target.replace(/^\/+/, '').replace(FIRMWARE_PATH, FIRMWARE);
  }
  return undefined;
}

function firstLink(
  path: string,
  library: Library,
): { readonly entry: TreeEntry; readonly base: string; readonly target: string } | undefined {
  const parts = path.split('/');
  for (let count = 1; count <= parts.length; count++) {
    const prefix = parts.slice(0, count).join('/');
    const file = library.get(prefix);
    const target = file?.entry.target;
    if (file === undefined || target === undefined || file.entry.kind !== 'symlink') continue;
    const common = { path: prefix, mode: 0o777, uid: 0, gid: 0, origin: originOf(file) };
    const base = target.startsWith('/') ? '' : posix.dirname(prefix);
    return { entry: { ...common, kind: 'symlink', mtime: file.entry.mtime, target }, base, target };
  }
  return undefined;
}

function hardlinkTarget({ entry }: PackageFile, library: Library): PackageFile | undefined {
  return library.get((entry.target ?? '').replace(FIRMWARE_PATH, FIRMWARE));
}
