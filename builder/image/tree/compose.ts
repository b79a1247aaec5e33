import { Report } from '../../report/diagnostic.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import type { Sources } from '../../yaml/sources.ts';
import { ARCHES } from '../arch.ts';
import type { Definition } from '../definition/definition.ts';
import type { Store } from '../store/store.ts';
import type { UnpackedPackage } from '../store/unpacked.ts';
import { accountFiles } from './account-files.ts';
import { findAccounts } from './accounts.ts';
import { alternativeLinks } from './alternatives.ts';
import { caBundle } from './ca-bundle.ts';
import { type Copyright, collectCopyright } from './copyright.ts';
import { excludePaths, globMatcher } from './exclude.ts';
import { generatedFile } from './generated.ts';
import { hardwareDatabase } from './hwdb.ts';
import { applyOwners, layOverlay } from './lay-overlay.ts';
import { ldSoCache } from './ld-so-cache.ts';
import { generatedLayer, mergeLayers } from './merge.ts';
import { type K0sIdentity, osReleaseFields, osReleaseText } from './os-release.ts';
import { type Overlay, readOverlay } from './overlay.ts';
import { packageLayer } from './package-layer.ts';
import { byteCode } from './python.ts';
import type { View } from './template.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { SYSTEM_UNITS, type UnitScope, USER_UNITS } from './unit-files.ts';
import { unitWishes } from './unit-wishes.ts';
import { presetAll } from './units.ts';

export interface ComposeInput {
  readonly definition: Definition;
  /** Where the definition's values are written, for errors. */
  readonly sources: Sources;
  readonly packages: readonly UnpackedPackage[];
  /** Packages of which nothing is taken but what is in `extra`: the kernel and firmware. By name. */
  readonly partial?: ReadonlySet<string>;
  /** Chosen or made by other stages: kernel modules with their indexes, firmware, the k0s binary. */
  readonly extra: readonly TreeEntry[];
  readonly k0s: K0sIdentity;
  readonly store: Pick<Store, 'derived'>;
  readonly toolbox: Toolbox;
  /** Seconds since 1970: the time of all that Kiln makes. */
  readonly epoch: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Composed {
  /** What the box gets. */
  readonly root: Tree;
  /** The same before exclusions and without what only the running root needs: for the initrd and the boot loader. */
  readonly full: Tree;
  readonly copyright: readonly Copyright[];
  /** The text of /etc/os-release. */
  readonly osRelease: string;
}

/**
 * Composes the image's files. Layers, each over the one before:
 *
 * 1. packages and extra entries: nobody may have the same file as another,
 * 2. overlays, in the definition's order: they may replace files,
 * 3. what Kiln makes for every tree: accounts, alternatives, the CA bundle, the hardware database, os-release,
 * 4. (exclusions take files away)
 * 5. what Kiln makes from what is left: enabled units, byte code, the loader's cache.
 *
 * Throws DiagnosticsError for what the user wrote wrong, KilnError for packages that do not fit together.
 */
export async function composeTree(input: ComposeInput): Promise<Composed> {
  const { definition, packages, epoch } = input;
  const fields = osReleaseFields(definition, input.k0s);
  const osRelease = osReleaseText(fields);
  const whole = packages.filter(({ name }) => !input.partial?.has(name));
  const layers = [...whole.map(packageLayer), generatedLayer(input.extra)];
  const packaged = mergeLayers(new Map(), layers, epoch);
  const { tree: overlaid, overlays } = await layOverlays(packaged, input);
  const owned = await addAccounts(overlaid, overlays, fields, input);
  const full = await addGenerated(owned, osRelease, input);
  const root = await finishRoot(full, excludePaths(full, definition.exclude), input);
  return { root, full, copyright: collectCopyright(packages), osRelease };
}

/** What templates in overlays may name: the definition's `values`, `image.…` and `arch.…`. */
export function templateView(definition: Definition): View {
  const { name, version, description, variant, arch, values } = definition;
  return {
    ...values,
    image: { name, version, description, variant },
    arch: { name: arch, debian: ARCHES[arch].debian, triplet: ARCHES[arch].triplet },
  };
}

async function layOverlays(
  packaged: Tree,
  { definition, sources, epoch }: ComposeInput,
): Promise<{ readonly tree: Tree; readonly overlays: readonly Overlay[] }> {
  const report = new Report();
  const view = templateView(definition);
  const overlays = await Promise.all(
    definition.overlays.map((directory) => readOverlay(directory, view, epoch, report)),
  );
  const tree = overlays.reduce(
    (below, overlay) => layOverlay(below, overlay, epoch, report),
    packaged,
  );
  if (!report.isEmpty) sources.fail(report.diagnostics);
  return { tree, overlays };
}

async function addAccounts(
  tree: Tree,
  overlays: readonly Overlay[],
  osRelease: Readonly<Record<string, string>>,
  { definition, sources, epoch }: ComposeInput,
): Promise<Tree> {
  const specifiers = {
    a: definition.arch === 'x86_64' ? 'x86-64' : definition.arch,
    A: osRelease.IMAGE_VERSION ?? '',
    B: '',
    M: osRelease.IMAGE_ID ?? '',
    o: osRelease.ID ?? '',
    T: '/tmp',
    V: '/var/tmp',
    w: osRelease.VERSION_ID ?? '',
    W: osRelease.VARIANT_ID ?? '',
  };
  const accounts = await findAccounts(tree, definition, sources, specifiers);
  const report = new Report();
  const owned = applyOwners(tree, overlays, accounts, report);
  if (!report.isEmpty) sources.fail(report.diagnostics);
  return mergeLayers(owned, [generatedLayer(accountFiles(accounts, epoch))], epoch);
}

async function addGenerated(tree: Tree, osRelease: string, input: ComposeInput): Promise<Tree> {
  const { definition, sources, epoch } = input;
  const isExcluded = globMatcher(definition.exclude);
  const entries = [
    ...alternativeLinks(tree, definition.alternatives, sources, epoch),
    ...(await caBundle(tree, epoch, (path) => !isExcluded(path))),
    ...(await hardwareDatabase(tree, epoch, input)),
    // systemd never sets the clock before this file's time.
    generatedFile('usr/lib/clock-epoch', '', epoch),
    // Empty, so that the number of each box can be put over it.
    generatedFile('etc/machine-id', '', epoch, { mode: 0o444 }),
  ];
  const identity = {
    ...generatedLayer([generatedFile('usr/lib/os-release', osRelease, epoch)]),
    mayReplace: () => true,
  };
  return mergeLayers(tree, [generatedLayer(entries), identity], epoch);
}

async function finishRoot(full: Tree, kept: Tree, input: ComposeInput): Promise<Tree> {
  const { definition, sources, epoch } = input;
  const wishes = unitWishes(kept, definition.units, sources, epoch);
  const wished = mergeLayers(kept, [generatedLayer(wishes)], epoch);
  const entries = [
    ...(await byteCode(kept, full, epoch, input)),
    ...(await ldSoCache(kept, definition.arch, epoch)),
  ];
  const enabled = await enableUnits(wished, [SYSTEM_UNITS, USER_UNITS], epoch);
  return mergeLayers(enabled, [generatedLayer(entries)], epoch);
}

async function enableUnits(tree: Tree, scopes: readonly UnitScope[], epoch: number): Promise<Tree> {
  const changes = await Promise.all(scopes.map((scope) => presetAll(tree, scope, epoch)));
  const left = [...tree].filter(([path]) => !changes.some(({ removed }) => removed.has(path)));
  const links = changes.flatMap((change) => change.links);
  // An enabled unit's link takes the place of one that led elsewhere, as systemctl makes it.
  const layer = {
    ...generatedLayer(links),
    mayReplace: (other: TreeEntry) => other.kind === 'symlink',
  };
  return mergeLayers(new Map(left), [layer], epoch);
}
