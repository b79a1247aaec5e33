import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { joinFindings, Report } from '../report/diagnostic.ts';
import { DiagnosticsError } from '../report/format.ts';
import { sha256OfFile } from '../report/sha256.ts';
import { together } from '../report/together.ts';
import { toolboxDecoder } from '../tools/xz.ts';
import { type Artifact, type Artifacts, artifactName, buildArtifacts } from './artifacts/build.ts';
import { checkSlots } from './artifacts/slots.ts';
import { STARTS } from './artifacts/starts.ts';
import { type BoardParts, boardParts, isBoardPackage } from './board/raspberry-pi.ts';
import { type Boot, buildBoot } from './boot/build.ts';
import { packInitrd } from './boot/initrd.ts';
import { composeInitrd, type InitrdInput } from './boot/initrd-tree.ts';
import { composeStartInitrd } from './boot/start-initrd.ts';
import { coverImage } from './cni/cover-image.ts';
import { refuseUncovered } from './cni/refuse-uncovered.ts';
import type { OtherStart } from './definition/definition.ts';
import { PROJECT_DIRECTORY } from './definition/project.ts';
import { type K0sFiles, k0sEntries } from './k0s/entry.ts';
import { isFirmwarePackage } from './kernel/firmware.ts';
import { isKernelPackage } from './kernel/kernel-files.ts';
import { kmodOf } from './kernel/kmod.ts';
import { firmwareWarning } from './kernel/module-report.ts';
import { loadModuleSets } from './kernel/module-sets.ts';
import { type KernelSelection, selectKernel } from './kernel/select.ts';
import type { Lockfile } from './lock/lockfile.ts';
import { refuseLostThings } from './lost-things.ts';
import { COPYRIGHT, writeCopyright } from './release/copyright.ts';
import { type Inputs, inputsKey } from './release/manifest.ts';
import { buildRootfs, type Rootfs } from './rootfs/build.ts';
import { type OpenPackage, openPackages } from './store/open-packages.ts';
import { type Composed, composeTree, templateView } from './tree/compose.ts';
import { readOverlay } from './tree/overlay.ts';
import type { Tree, TreeEntry } from './tree/tree.ts';
import type { LockedImage, Workspace } from './workspace.ts';

/** Where a build writes: what stays, and what is needed on the way only. */
export interface Places {
  readonly directory: string;
  readonly scratch: string;
}

/** The lock's packages, taken apart. */
export async function openLocked(lock: Lockfile, work: Workspace): Promise<readonly OpenPackage[]> {
  return await openPackages(lock.packages, {
    ...work,
    decoder: toolboxDecoder(work.toolbox, work.signal),
  });
}

/**
 * Kernel, what the board starts with, and root tree. When something is wrong with the wishes for the kernel, the tree is composed without it, so
 * that what is wrong with the wishes for the tree is said as well.
 */
export async function composeImage(
  image: LockedImage,
  packages: readonly OpenPackage[],
  files: K0sFiles,
  work: Workspace,
): Promise<{
  readonly kernel: ChosenKernel;
  readonly board: BoardParts;
  readonly tree: Composed;
}> {
  const kernel = await chooseKernel(image, packages, work).catch(async (error: unknown) => {
    if (!(error instanceof DiagnosticsError)) throw error;
    const nothing = { moduleEntries: [], firmwareEntries: [] };
    const others = await composeRoot(image, packages, nothing, files, work).then(
      () => [],
      (other: unknown) => (other instanceof DiagnosticsError ? other.diagnostics : []),
    );
    work.signal.throwIfAborted();
    return image.sources.fail(joinFindings(error.diagnostics, others));
  });
  const board = await boardParts(image.definition.board, { packages, kernel: kernel.kernel });
  return { kernel, board, tree: await composeRoot(image, packages, kernel, files, work) };
}

/** What was chosen, with the CNIs and modes that it has everything for. */
export interface ChosenKernel extends KernelSelection {
  readonly cnis: readonly string[];
}

/** Kernel, modules and firmware: with everything that the CNIs need which the definition names. */
export async function chooseKernel(
  { definition, sources }: LockedImage,
  packages: readonly OpenPackage[],
  { store, toolbox, progress, signal }: Workspace,
): Promise<ChosenKernel> {
  const sets = await loadModuleSets(join(PROJECT_DIRECTORY, 'images', 'modules.yaml'));
  const kernel = await progress.step('Choosing kernel modules', () =>
    selectKernel({ definition, sources, sets, packages }, { store, kmod: kmodOf(toolbox, signal) }),
  );
  const warning = firmwareWarning(kernel, definition.file);
  if (warning !== undefined) progress.warn(warning);
  const coverages = await coverImage(kernel);
  refuseUncovered(definition, coverages, sources);
  const covered = coverages.filter(({ isCovered }) => isCovered);
  return { ...kernel, cnis: covered.map(({ name }) => name) };
}

/** The image's files: of kernel and firmware packages only what was chosen. Nothing may be lost of what scripts would make. */
export async function composeRoot(
  { definition, sources, lock }: LockedImage,
  packages: readonly OpenPackage[],
  kernel: Pick<KernelSelection, 'moduleEntries' | 'firmwareEntries'>,
  files: K0sFiles,
  { store, toolbox, progress, signal }: Workspace,
): Promise<Composed> {
  const { epoch } = lock;
  const unpacked = packages.map((each) => each.unpacked);
  const partial = unpacked.filter(
    (each) => isKernelPackage(each) || isFirmwarePackage(each) || isBoardPackage(each),
  );
  return await progress.step('Composing the root tree', async () => {
    const tree = await composeTree({
      ...{ definition, sources, store, toolbox, epoch, signal },
      k0s: files.k0s,
      packages: unpacked,
      partial: new Set(partial.map(({ name }) => name)),
      extra: [...kernel.moduleEntries, ...kernel.firmwareEntries, ...k0sEntries(files, epoch)],
    });
    await refuseLostThings(lock, tree, definition.file);
    return tree;
  });
}

/** The root file system and its hash tree, which fit into the slots that the box has for them. */
export async function makeRootfs(
  { definition, sources, lock }: LockedImage,
  tree: Composed,
  inputs: Inputs,
  { scratch }: Places,
  { toolbox, progress, signal }: Workspace,
): Promise<Rootfs> {
  const seed = inputsKey(inputs);
  const rootfs = await progress.step('Making the root file system', () =>
    buildRootfs({
      ...{ tree: tree.root, epoch: lock.epoch, seed, toolbox, signal },
      directory: scratch,
    }),
  );
  const report = new Report();
  checkSlots(definition, rootfs, sources, report);
  if (!report.isEmpty) sources.fail(report.diagnostics);
  return rootfs;
}

/** The packed initrds: of the disk, and of the other starts that are asked for. */
export interface Initrds {
  readonly disk: Buffer;
  readonly starts: ReadonlyMap<OtherStart, Buffer>;
}

/** The packed initrds; unchanged archives come from the store. */
export async function makeInitrds(
  { definition, sources, lock }: LockedImage,
  tree: Composed,
  kernel: KernelSelection,
  { store, toolbox, progress, signal }: Workspace,
): Promise<Initrds> {
  const { arch, initrd } = definition;
  const { epoch } = lock;
  const report = new Report();
  const view = templateView(definition);
  const entriesOf = async (directories: readonly string[]): Promise<readonly TreeEntry[]> => {
    const overlays = directories.map((directory) => readOverlay(directory, view, epoch, report));
    return (await Promise.all(overlays)).flatMap(({ entries }) => entries);
  };
  const overlay = await entriesOf(initrd.overlays);
  const starts = await Promise.all(
    [...kernel.startEntries].map(async ([start, modules]) => {
      return { start, modules, overlay: await entriesOf(definition[start].overlays) };
    }),
  );
  if (!report.isEmpty) sources.fail(report.diagnostics);
  const { full: root, osRelease } = tree;
  const input: InitrdInput = {
    ...{ root, arch, epoch, sources, osRelease, overlay },
    ...{ files: initrd.files, modules: kernel.initrdEntries },
  };
  const pack = (trees: readonly Tree[]): Promise<Buffer> =>
    packInitrd({ trees, epoch, store, toolbox, signal });
  return await progress.step('Making the initrd', async () => {
    const trees = await composeInitrd(input);
    const disk = await pack([trees.packages, trees.overlay]);
    const packed = new Map<OtherStart, Buffer>();
    for (const { start, modules, overlay: added } of starts) {
      const whole = { ...input, modules, overlay: [...overlay, ...added] };
      const { files } = definition[start];
      packed.set(start, await pack(await composeStartInitrd(trees, whole, { start, files })));
    }
    return { disk, starts: packed };
  });
}

/** The unified kernel image, which names the root hash. */
export async function makeBoot(
  { definition }: LockedImage,
  made: {
    readonly tree: Composed;
    readonly kernel: KernelSelection;
    readonly board: BoardParts;
    readonly rootfs: Rootfs;
    readonly initrds: Initrds;
  },
  { directory }: Places,
  { progress }: Workspace,
): Promise<Boot> {
  const { tree, kernel, board, rootfs, initrds } = made;
  const initrd = initrds.disk;
  return await progress.step('Making the unified kernel image', () =>
    buildBoot({
      ...{ root: tree.full, arch: definition.arch, kernel, initrd, rootHash: rootfs.rootHash },
      board: definition.board,
      deviceTrees: board.deviceTrees,
      cmdline: definition.kernel.cmdline,
      osRelease: tree.osRelease,
      output: join(directory, artifactName(definition, 'uki')),
    }),
  );
}

interface Made {
  readonly tree: Composed;
  readonly rootfs: Rootfs;
  readonly boot: Boot;
  readonly inputs: Inputs;
  readonly kernel: KernelSelection;
  readonly board: BoardParts;
  readonly initrds: Initrds;
}

/** Everything that a release has besides its manifest. */
export async function makeArtifacts(
  image: LockedImage,
  made: Made,
  { directory, scratch }: Places,
  { toolbox, progress, signal }: Workspace,
): Promise<Artifacts> {
  const { definition } = image;
  const { name, version, arch, artifacts: kinds } = definition;
  const { tree, kernel, rootfs, boot, inputs, board, initrds } = made;
  const { epoch } = image.lock;
  const copyright = join(directory, COPYRIGHT);
  const common = {
    ...{ arch, epoch, rootfs, boot, directory, scratch, toolbox, signal, seed: inputsKey(inputs) },
    loaderConf: await readFile(join(PROJECT_DIRECTORY, 'firmware', 'loader.conf'), 'utf8'),
  };
  const ofStarts = async (): Promise<readonly Artifact[]> => {
    const { full: root, osRelease } = tree;
    const { cmdline } = definition.kernel;
    const files: Artifact[] = [];
    for (const [start, initrd] of initrds.starts) {
      const { step, build } = STARTS[start];
      const input = {
        ...{ ...common, image: definition, kernel, root, osRelease, cmdline, initrd },
        ...{ board: definition.board, deviceTrees: board.deviceTrees, boardFiles: board.files },
      };
      files.push(...(await progress.step(step, () => build(input))));
    }
    return files;
  };
  const [artifacts, others] = await together([
    progress.step('Making the disk', async () => {
      const disk = buildArtifacts({
        ...{ ...common, name, version, kinds },
        ...{ board: definition.board, boardFiles: board.files },
      });
      const licences = writeCopyright(tree.copyright, epoch, copyright, toolbox, signal);
      return (await together([disk, licences]))[0];
    }),
    ofStarts(),
  ]);
  const loose = [
    { file: artifactName(definition, 'uki'), sizeBytes: boot.ukiBytes, sha256: boot.ukiSha256 },
    {
      file: COPYRIGHT,
      sizeBytes: (await stat(copyright)).size,
      sha256: await sha256OfFile(copyright),
    },
  ];
  return { ...artifacts, files: [...artifacts.files, ...loose, ...others] };
}
