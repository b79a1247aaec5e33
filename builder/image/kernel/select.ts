import type { OtherStart } from '../definition/definition.ts';
import { compareBytes } from '../tree/byte-order.ts';
import type { Content, TreeEntry } from '../tree/tree.ts';
import { makeIndexes } from './indexes.ts';
import type { KernelFiles } from './kernel-files.ts';
import { contentOfFile, treeFile } from './package-file.ts';
import {
  type ByStart,
  type KernelRequest,
  type KernelTools,
  type ModuleSelection,
  type SelectedModules,
  selectModules,
} from './select-modules.ts';

/** Everything that an image takes from its kernel and firmware packages: files and links, no directories. */
export interface KernelSelection extends SelectedModules {
  /** `uname -r` of the image. */
  readonly release: string;
  readonly vmlinuz: Content;
  /** For the root: modules, their indexes, and the kernel's configuration. */
  readonly moduleEntries: readonly TreeEntry[];
  /** For the root: the firmware that those modules ask for. */
  readonly firmwareEntries: readonly TreeEntry[];
  /** For the initrd: its modules, what is needed to load them, and their firmware. */
  readonly initrdEntries: readonly TreeEntry[];
  /** The same for the initrds of other starts that the definition asks for. */
  readonly startEntries: ByStart<readonly TreeEntry[]>;
}

/** Indexes that only people and busybox's modprobe read; the initrd has neither. */
const TEXT_INDEX = /^modules\.(?:dep|alias|symbols|order|builtin|builtin\.modinfo)$/;

/**
 * Selects modules and firmware as the definition wants them and indexes both selections. The root
 * keeps the modules as the packages have them: compressed, with the signature inside.
 */
export async function selectKernel(
  request: KernelRequest,
  tools: KernelTools,
): Promise<KernelSelection> {
  const selected = await selectModules(request, tools);
  const { kernel, root, initrd, starts } = selected;
  const directory = `usr/lib/modules/${kernel.release}`;
  const rootIndexes = await indexEntries(root, kernel, tools);
  return {
    ...selected,
    release: kernel.release,
    vmlinuz: contentOfFile(kernel.vmlinuz),
    moduleEntries: [
      ...moduleFiles(root, kernel),
      ...rootIndexes,
      // One of the places where k0s and eBPF tools look for it; the kernel itself has no /proc/config.gz.
      treeFile(kernel.config, `${directory}/config`),
    ],
    firmwareEntries: root.firmware.entries,
    initrdEntries: await entriesOfInitrd(initrd, kernel, tools),
    startEntries: new Map(await Promise.all([...starts].map(ofStart))),
  };

  async function ofStart([start, selection]: readonly [OtherStart, ModuleSelection]) {
    return [start, await entriesOfInitrd(selection, kernel, tools)] as const;
  }
}

async function entriesOfInitrd(
  selection: ModuleSelection,
  kernel: KernelFiles,
  tools: KernelTools,
): Promise<readonly TreeEntry[]> {
  const directory = `usr/lib/modules/${kernel.release}`;
  const indexes = await indexEntries(selection, kernel, tools);
  return [
    ...moduleFiles(selection, kernel),
    ...indexes.filter(({ path }) => !TEXT_INDEX.test(path.slice(directory.length + 1))),
    ...selection.firmware.entries,
  ];
}

function moduleFiles({ modules }: ModuleSelection, kernel: KernelFiles): readonly TreeEntry[] {
  const chosen = new Set(modules.map(({ path }) => path));
  return [...kernel.modules]
    .filter(([path]) => chosen.has(path))
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([path, file]) => treeFile(file, `usr/lib/modules/${kernel.release}/${path}`));
}

async function indexEntries(
  { modules }: ModuleSelection,
  kernel: KernelFiles,
  tools: KernelTools,
): Promise<readonly TreeEntry[]> {
  const paths = modules.map(({ path }) => path);
  const { mtime } = kernel.vmlinuz.entry;
  return [...(await makeIndexes(paths, kernel, tools))].map(([name, bytes]): TreeEntry => {
    const path = `usr/lib/modules/${kernel.release}/${name}`;
    const common = { path, mode: 0o644, uid: 0, gid: 0, mtime, origin: 'kiln' };
    return { ...common, kind: 'file', content: { kind: 'bytes', bytes } };
  });
}
