import { Report } from '../../report/diagnostic.ts';
import { KilnError } from '../../report/errors.ts';
import type { Sources } from '../../yaml/sources.ts';
import { ARCHES, type Arch } from '../arch.ts';
import type { OtherStart } from '../definition/definition.ts';
import { compareBytes } from '../tree/byte-order.ts';
import { textContent } from '../tree/content.ts';
import { readElf } from '../tree/elf.ts';
import { globMatcher } from '../tree/exclude.ts';
import { followPath } from '../tree/follow.ts';
import type { Tree, TreeEntry } from '../tree/tree.ts';
import { parentOf } from '../tree/tree-path.ts';
import { closeOverLibraries, type ElfReader } from './libraries.ts';

/** What the initrd is composed from. */
export interface InitrdInput {
  /** The root tree before exclusions. */
  readonly root: Tree;
  readonly arch: Arch;
  /** Seconds since 1970; the box's clock never starts before it. */
  readonly epoch: number;
  /** `initrd.files` of the definition: globs over the root tree. */
  readonly files: readonly string[];
  /** For the initrd of another start than from the disk: that key's `files`. */
  readonly added?: AddedFiles;
  /** Where the definition was written, for errors. */
  readonly sources: Sources;
  /** Kernel modules, their index and firmware. */
  readonly modules: readonly TreeEntry[];
  /** Files laid over everything else, in order. */
  readonly overlay: readonly TreeEntry[];
  /** Text of os-release: systemd takes /etc/initrd-release as the sign that it runs in an initrd. */
  readonly osRelease: string;
  /** For tests; without it, files are really read. */
  readonly readElf?: ElfReader;
}

/** What the initrd of another start has besides. */
export interface AddedFiles {
  readonly start: OtherStart;
  readonly files: readonly string[];
}

/** Kiln's own part: mount points that systemd wants, and merged-/usr links for absolute paths. */
const DIRECTORIES = ['dev', 'etc', 'proc', 'run', 'sys', 'sysroot', 'tmp', 'usr', 'usr/lib', 'var'];
const INIT = 'usr/lib/systemd/systemd';
const LINKS: Readonly<Record<string, string>> = {
  bin: 'usr/bin',
  init: INIT,
  lib: 'usr/lib',
  lib64: 'usr/lib64',
  sbin: 'usr/sbin',
};

/**
 * The initrd as two archives, which the kernel unpacks one over the other. The big one changes with the
 * packages only, so that a change of an overlay or of the version costs no time for packing it again.
 */
export interface InitrdTrees {
  readonly packages: Tree;
  readonly overlay: Tree;
}

/** Composes the initrd: the chosen files with all that they need to run, modules, overlays. */
export async function composeInitrd(input: InitrdInput): Promise<InitrdTrees> {
  const chosen = chooseFiles(input);
  if (!chosen.has(INIT)) throw noInit();
  const libraries = await closeOverLibraries(
    input.root,
    [...chosen.values()],
    ARCHES[input.arch],
    input.readElf ?? readElf,
  );
  return {
    packages: treeOf([...chosen.values(), ...libraries, ...input.modules], input.root),
    overlay: treeOf([...ownEntries(input), ...input.overlay], input.root),
  };
}

/** Files that the globs match, and what symlinks among them lead to. */
function chooseFiles(input: InitrdInput): ReadonlyMap<string, TreeEntry> {
  const { root, sources, added } = input;
  const files = [...input.files, ...(added?.files ?? [])];
  const chosen = new Map<string, TreeEntry>();
  const report = new Report();
  const isTakenBack = (glob: string): boolean => glob.startsWith('!');
  for (const glob of files.filter((each) => !isTakenBack(each))) {
    // Taking back counts for every pattern, so that each can be checked to match something.
    const matches = globMatcher([glob, ...files.filter(isTakenBack)]);
    const paths = [...root.keys()].filter(matches);
    for (const path of paths) {
      for (const entry of followPath(root, path).entries) chosen.set(entry.path, entry);
    }
    if (paths.length > 0) continue;
    const note = 'the package that had it may be gone from `packages`, or have moved the file';
    const key = added === undefined || input.files.includes(glob) ? 'initrd' : added.start;
    report.error('matches no file of the packages', sources.ofItem([key, 'files'], glob), note);
  }
  if (!report.isEmpty) sources.fail(report.diagnostics);
  return chosen;
}

function noInit(): KilnError {
  return new KilnError(
    'definition',
    `the initrd has no /${INIT}, so the kernel could start nothing`,
    {
      hint: `add ${INIT} to \`initrd.files\``,
    },
  );
}

function ownEntries({ root, epoch, osRelease }: InitrdInput): TreeEntry[] {
  const common = { uid: 0, gid: 0, mtime: epoch, origin: 'kiln' };
  const file = (path: string, text: string): TreeEntry => ({
    ...common,
    path,
    kind: 'file',
    mode: 0o644,
    content: textContent(text),
  });
  return [
    ...DIRECTORIES.map((path): TreeEntry => ({ ...common, path, kind: 'directory', mode: 0o755 })),
    ...Object.entries(LINKS)
      .filter(([, target]) => root.has(target))
      .map(
        ([path, target]): TreeEntry => ({ ...common, path, kind: 'symlink', mode: 0o777, target }),
      ),
    file('etc/initrd-release', osRelease),
    // systemd sets a clock that is behind this file's time to it (systemd(1), "Clock epoch").
    file('usr/lib/clock-epoch', ''),
  ];
}

/** Later entries win; missing parents are taken from the root tree, or made. */
function treeOf(layers: readonly TreeEntry[], root: Tree): Tree {
  const entries = new Map<string, TreeEntry>();
  for (const entry of layers) entries.set(entry.path, asFile(entry, root));
  for (const entry of layers) {
    for (let path = parentOf(entry.path); path !== ''; path = parentOf(path)) {
      if (!entries.has(path)) entries.set(path, root.get(path) ?? directory(path, entry));
    }
  }
  return new Map([...entries].sort(([a], [b]) => compareBytes(a, b)));
}

/** A hardlink becomes a copy: its target may not be in the initrd. */
function asFile(entry: TreeEntry, root: Tree): TreeEntry {
  if (entry.kind !== 'hardlink') return entry;
  const target = root.get(entry.target);
  if (target?.kind === 'file') return { ...target, path: entry.path };
  throw new Error(`${entry.path}: the hardlink's target ${entry.target} is no file`);
}

function directory(path: string, { mtime, origin }: TreeEntry): TreeEntry {
  return { path, kind: 'directory', mode: 0o755, uid: 0, gid: 0, mtime, origin };
}
