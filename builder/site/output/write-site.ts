import { join } from 'node:path';
import { writingTo } from '../../report/host-fault.ts';
import type { Meter } from '../../report/progress.ts';
import { inParallel } from '../../report/together.ts';
import type { Site, SiteNode } from '../definition/site.ts';
import type { NodeFiles } from '../node-files/node-files.ts';
import { exclusively } from '../secrets/exclusive.ts';
import { seedIso } from '../seed-iso/seed-iso.ts';
import {
  addToHttpTree,
  hasHttpTree,
  openHttpTree,
  pruneHttpTree,
  removeHttpTree,
} from './http-tree.ts';
import { SiteDirectory } from './site-directory.ts';
import type { Change } from './written-file.ts';
import { INDEX, indexText, readIndex, type WrittenIndex } from './written-index.ts';

/** Enough for the disk and the processor not to wait for each other; memory is that many seeds. */
const PARALLEL = 4;

/** Everything that a site's directory has. */
export interface SiteContents {
  readonly site: Site;
  readonly nodeFiles: (node: SiteNode) => NodeFiles;
  /** Other files, by their names. */
  readonly others: Readonly<Record<string, string>>;
}

export interface WriteOptions {
  /** Whether there is a tree for HTTP; if nothing is said, as it was. */
  readonly http?: boolean;
  readonly signal: AbortSignal;
  /** Told of each node. */
  readonly meter: Meter;
}

/** A site on disk. */
export interface WrittenSite {
  readonly directory: string;
  /** What became of each node's ISO, in the order of the site. */
  readonly changes: readonly Change[];
  /** Names of files of nodes that are gone. */
  readonly removed: readonly string[];
  readonly http: boolean;
}

/** Name of a node's ISO in the site's directory. */
export function isoName(node: Pick<SiteNode, 'name'>): string {
  return `${node.name}.iso`;
}

/**
 * Writes a site's seeds and what belongs to them. Files that are as they should be stay untouched; those of nodes
 * that are gone are removed. When it is interrupted, each file is the old one or the new one, and the next run does
 * the rest.
 */
export async function writeSite(
  directory: string,
  contents: SiteContents,
  options: WriteOptions,
): Promise<WrittenSite> {
  return await writingTo(directory, async () => {
    await using output = await SiteDirectory.open(directory);
    const { signal } = options;
    return await exclusively(join(directory, INDEX), () => fill(output, contents, options), {
      signal,
    });
  });
}

async function fill(
  output: SiteDirectory,
  contents: SiteContents,
  { http: wanted, ...options }: WriteOptions,
): Promise<WrittenSite> {
  const before = await indexOf(output);
  const http = wanted ?? before.http;
  const { nodes } = contents.site;
  const files = [...nodes.map(isoName), ...Object.keys(contents.others)];
  // What is about to be written is known first, or a run that breaks off would leave files that nobody removes.
  await writeIndex(output, { files: [...before.files, ...files], http: before.http || http });

  for (const [name, text] of Object.entries(contents.others)) await output.write(name, text);
  if (http) await openHttpTree(output);
  const { changes, instanceIds } = await writeNodes(output, contents, { http, ...options });

  const removed = await prune(output, before.files, new Set(files));
  if (http) await pruneHttpTree(output, nodes, instanceIds);
  else if (before.http) await removeHttpTree(output);
  await writeIndex(output, { files, http });
  return { directory: output.path, changes, removed, http };
}

async function writeNodes(
  output: SiteDirectory,
  { site, nodeFiles }: SiteContents,
  { http, signal, meter }: WriteOptions,
): Promise<{ readonly changes: readonly Change[]; readonly instanceIds: readonly string[] }> {
  const changes: Change[] = [];
  const instanceIds: string[] = [];
  await inParallel(site.nodes.entries(), PARALLEL, async ([i, node]) => {
    signal.throwIfAborted();
    const files = nodeFiles(node);
    changes[i] = await output.write(isoName(node), seedIso(files));
    if (http) await addToHttpTree(output, node, files);
    instanceIds[i] = files.instanceId;
    meter.advance(1);
  });
  return { changes, instanceIds };
}

async function prune(
  output: SiteDirectory,
  known: readonly string[],
  wanted: ReadonlySet<string>,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of known) {
    if (!wanted.has(name) && (await output.remove(name))) removed.push(name);
  }
  return removed;
}

/** Of a directory without an index it is not known which files are Kiln's, but a tree for HTTP shows. */
async function indexOf(output: SiteDirectory): Promise<WrittenIndex> {
  const index = await readIndex(output.path);
  return index ?? { files: [], http: await hasHttpTree(output) };
}

async function writeIndex(output: SiteDirectory, index: WrittenIndex): Promise<void> {
  await output.write(INDEX, indexText(index));
}
