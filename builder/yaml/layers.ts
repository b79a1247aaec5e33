import { existsSync, readdirSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Report, SourceFile } from '../report/diagnostic.ts';
import { sha256 } from '../report/sha256.ts';
import { didYouMean } from '../report/suggest.ts';
import { readSource } from './decode.ts';
import type { ScalarNode, YamlNode } from './node.ts';
import { parseYaml } from './parse.ts';
import type { ReadFile } from './sources.ts';

/** The files of one image or site, in the order in which they are laid over each other. */
export interface Layers {
  readonly documents: readonly YamlNode[];
  readonly files: readonly ReadFile[];
  /** Whether every include was found and every file could be read whole: else nothing can be said about what is missing. */
  readonly isComplete: boolean;
}

interface Visit {
  readonly report: Report;
  /** Kiln's own files of the kind: where an include is looked for that is not beside its file. */
  readonly sharedDirectory: string | undefined;
  /** Documents by absolute path, in order; a file that two others include counts once. */
  readonly done: Map<string, { readonly file: ReadFile; readonly document: YamlNode }>;
  isComplete: boolean;
}

/**
 * Reads a file and what it includes, included files first. A missing file and a circle are reported where they
 * are named.
 * @throws KilnError when the file itself cannot be read
 */
export async function readLayers(
  path: string,
  sharedDirectory: string | undefined,
  report: Report,
): Promise<Layers> {
  const visit: Visit = { report, sharedDirectory, done: new Map(), isComplete: true };
  await readLayer(path, [], visit);
  const layers = [...visit.done.values()];
  return {
    documents: layers.map((each) => each.document),
    files: layers.map((each) => each.file),
    isComplete: visit.isComplete,
  };
}

async function readLayer(path: string, above: readonly string[], visit: Visit): Promise<void> {
  const source = await readSource(path);
  const before = visit.report.diagnostics.length;
  const document = parseYaml(source, visit.report);
  if (visit.report.diagnostics.length > before) visit.isComplete = false;
  const chain = [...above, resolve(path)];
  for (const item of includesOf(document)) {
    const target = findInclude(item, source, visit);
    if (target === undefined) continue;
    if (chain.includes(resolve(target))) {
      const circle = [...chain.slice(chain.indexOf(resolve(target))), resolve(target)];
      visit.report.error(
        'an include that leads back to its own file',
        item.at,
        circle.join('\nincludes '),
      );
    } else if (!visit.done.has(resolve(target))) {
      await readLayer(target, chain, visit);
    }
  }
  visit.done.set(resolve(path), { file: { path, sha256: sha256(source.text) }, document });
}

/** What is wrong with the shape of `include` is left to the decoder. */
function includesOf(document: YamlNode): readonly (ScalarNode & { readonly value: string })[] {
  const include = document.kind === 'map' ? document.entries.get('include')?.value : undefined;
  return include?.kind === 'list' ? include.items.filter(isText) : [];
}

function isText(node: YamlNode): node is ScalarNode & { readonly value: string } {
  return node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '';
}

function findInclude(
  item: ScalarNode & { readonly value: string },
  source: SourceFile,
  visit: Visit,
): string | undefined {
  const beside = isAbsolute(item.value) ? item.value : join(dirname(source.name), item.value);
  if (existsSync(beside)) return beside;
  const isPlainName = !isAbsolute(item.value) && !/^\.{1,2}\//.test(item.value);
  const shared =
    isPlainName && visit.sharedDirectory !== undefined
      ? join(visit.sharedDirectory, item.value)
      : undefined;
  if (shared !== undefined && existsSync(shared)) return shared;

  visit.isComplete = false;
  const tail = didYouMean(item.value, isPlainName ? neighbours(source.name, visit) : []);
  const places = shared === undefined ? [beside] : [beside, shared];
  const note = `looked for ${[...new Set(places)].join(' and ')}`;
  visit.report.error(`there is no file "${item.value}"${tail}`, item.at, note);
  return undefined;
}

function neighbours(file: string, visit: Visit): readonly string[] {
  const directories = [dirname(file), visit.sharedDirectory ?? []].flat().filter(existsSync);
  return directories
    .flatMap((directory) => readdirSync(directory))
    .filter((name) => name.endsWith('.yaml'));
}
