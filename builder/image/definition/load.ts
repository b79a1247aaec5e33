import { join, resolve } from 'node:path';
import { type Diagnostic, Report, type SourceFile } from '../../report/diagnostic.ts';
import { DiagnosticsError } from '../../report/format.ts';
import { readLayers } from '../../yaml/layers.ts';
import { type MergeRules, mergeDocuments } from '../../yaml/merge.ts';
import { headingOf, type YamlNode } from '../../yaml/node.ts';
import { parseYaml } from '../../yaml/parse.ts';
import { Sources } from '../../yaml/sources.ts';
import { checkDefinition } from './check.ts';
import { checkCnis } from './check-cnis.ts';
import { releaseOf } from './check-k0s.ts';
import type { AirgapSource, Definition, K0sSource, OtherStart } from './definition.ts';
import { type Places, resolveFile, resolveOverlays } from './paths.ts';
import { PROJECT_DIRECTORY } from './project.ts';
import type { Draft } from './rule.ts';
import { IMAGE, type Written } from './schema.ts';
import type { WrittenAirgap, WrittenK0s } from './schema-k0s.ts';

/** What the command line says instead of the file. */
export interface Overrides {
  /** Path of a k0s binary, relative to the working directory, or the word `stand-in`. */
  readonly k0s?: string | undefined;
  /** Path of an airgap bundle, relative to the working directory. */
  readonly airgap?: string | undefined;
  readonly version?: string | undefined;
}

export interface LoadOptions {
  readonly overrides?: Overrides;
  /** Kiln's own directory: where `overlays/` and `images/` are looked for. */
  readonly project?: string;
}

/** A definition with the places where its parts were written, for errors that are found later. */
export interface Loaded {
  readonly definition: Definition;
  readonly sources: Sources;
}

/** An image file as far as it could be read, with everything that is wrong in it by itself. */
export interface Reading {
  readonly file: string;
  readonly draft: Draft;
  readonly sources: Sources;
  readonly diagnostics: readonly Diagnostic[];
  /** Undefined when something is wrong. */
  readonly definition: Definition | undefined;
}

/** A file says one of several shapes here: they cannot be merged. */
const MERGE: MergeRules = { replaced: ['k0s', 'airgap'], lists: 'append' };

/**
 * Reads an image file that has to be right.
 * @throws DiagnosticsError with everything that is wrong, KilnError when the file cannot be read
 */
export async function loadDefinition(file: string, options: LoadOptions = {}): Promise<Loaded> {
  const { definition, sources, diagnostics } = await readDefinition(file, options);
  return definition ? { definition, sources } : sources.fail(diagnostics);
}

/**
 * Reads an image file: include and merge, decode, check, complete.
 * @throws KilnError when the file cannot be read
 */
export async function readDefinition(file: string, options: LoadOptions = {}): Promise<Reading> {
  const project = options.project ?? PROJECT_DIRECTORY;
  const places: Places = { overlays: join(project, 'overlays'), images: join(project, 'images') };
  const report = new Report();

  const layers = await readLayers(file, places.images, report);
  const documents = [...layers.documents, ...overridesAsDocuments(options.overrides ?? {}, report)];
  for (const document of documents) IMAGE.some(document, { report, extent: 'part' });

  const merged = mergeDocuments(documents, MERGE, layers.isComplete ? report : new Report());
  if (!merged) throw new DiagnosticsError(file, report.diagnostics);
  const root = placedAt(layers.documents.at(-1), merged);
  const sources = new Sources(file, layers.files, root);
  const draft = IMAGE.some(root, { report, extent: layers.isComplete ? 'whole' : 'part' });
  checkDefinition(draft, sources, report);
  await checkCnis(draft, { places, sources, report });

  const completed = complete(file, draft, { places, sources, report });
  const definition = report.isEmpty ? completed : undefined;
  return { file, draft, sources, diagnostics: report.diagnostics, definition };
}

/** Options of the command line become documents of their own, so that they merge and are checked like any other. */
function overridesAsDocuments(
  { k0s, airgap, version }: Overrides,
  report: Report,
): readonly YamlNode[] {
  const documents: SourceFile[] = [];
  if (version !== undefined) {
    documents.push({ name: '--image-version', text: `version: ${JSON.stringify(version)}\n` });
  }
  if (k0s !== undefined) {
    const source = k0s === 'stand-in' ? { 'stand-in': true } : { path: resolve(k0s) };
    documents.push({ name: '--k0s', text: `k0s: ${JSON.stringify(source)}\n` });
  }
  if (airgap !== undefined) {
    const source = { path: resolve(airgap) };
    documents.push({ name: '--airgap', text: `airgap: ${JSON.stringify(source)}\n` });
  }
  return documents.map((document) => parseYaml(document, report));
}

/** What is missing is missing in the image file, whatever documents were laid over it. */
function placedAt(image: YamlNode | undefined, merged: YamlNode): YamlNode {
  if (image === undefined || merged.kind !== 'map') return merged;
  return { ...merged, at: image.at, heading: headingOf(image) };
}

interface Context {
  readonly places: Places;
  readonly sources: Sources;
  readonly report: Report;
}

/** Undefined when a part is missing, which is reported by then. Checks the paths of what is there in any case. */
function complete(file: string, draft: Partial<Written>, context: Context): Definition | undefined {
  const overlays = resolveOverlays(draft.overlays ?? [], ['overlays'], context);
  const overlaysOf = (key: 'initrd' | OtherStart): readonly string[] =>
    resolveOverlays(draft[key]?.overlays ?? [], [key, 'overlays'], context);
  const [initrd, netboot, iso] = [overlaysOf('initrd'), overlaysOf('netboot'), overlaysOf('iso')];
  const k0s = draft.k0s && k0sSource(draft.k0s, context);
  const airgap = draft.airgap && airgapSource(draft.airgap, draft.k0s, context);
  if (!isWhole(draft) || !k0s) return undefined;

  const { include: _, airgap: __, ...written } = draft;
  return {
    ...written,
    file,
    initrd: { ...written.initrd, overlays: initrd },
    netboot: { ...written.netboot, overlays: netboot },
    iso: { ...written.iso, overlays: iso },
    alternatives: Object.entries(written.alternatives).map(([name, rest]) => ({ name, ...rest })),
    overlays,
    users: Object.entries(written.users).map(([name, rest]) => ({ name, ...rest })),
    k0s,
    ...(airgap && { airgap }),
  };
}

function isWhole(draft: Partial<Written>): draft is Written {
  return IMAGE.keys.every((key) => key in draft || key === 'airgap');
}

function k0sSource(k0s: WrittenK0s, context: Context): K0sSource {
  if ('version' in k0s) return { kind: 'release', ...k0s };
  if ('stand-in' in k0s) return { kind: 'stand-in' };
  const place = { at: ['k0s', 'path'], noun: 'k0s binary' };
  return { kind: 'file', path: resolveFile(k0s.path, place, context) };
}

/** Undefined when nobody says which release the bundle is of, which is reported by the rule for it. */
function airgapSource(
  airgap: WrittenAirgap,
  k0s: WrittenK0s | undefined,
  context: Context,
): AirgapSource | undefined {
  if ('path' in airgap) {
    const place = { at: ['airgap', 'path'], noun: 'airgap bundle' };
    return { kind: 'file', path: resolveFile(airgap.path, place, context) };
  }
  const version = airgap.version ?? releaseOf(k0s);
  return version === undefined ? undefined : { kind: 'release', version, sha256: airgap.sha256 };
}
