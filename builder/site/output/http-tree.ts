import type { SiteNode } from '../definition/site.ts';
import type { NodeFiles } from '../node-files/node-files.ts';
import type { SiteDirectory } from './site-directory.ts';

const TREE = 'http';
/** Each seed once, by its instance-id; all else are links. */
const SEEDS = `${TREE}/seeds`;
const KINDS = ['name', 'mac', 'serial', 'uuid'] as const;

const FILES = ['meta-data', 'user-data', 'vendor-data', 'network-config'] as const;

/** By what a seed is asked for, and under which words of it a node is known. */
export function keysOf(node: SiteNode): readonly { readonly by: string; readonly key: string }[] {
  const macs = node.links.flatMap((link) =>
    link.kind === 'ethernet' && link.mac !== undefined ? [link.mac] : [],
  );
  return [
    { by: 'name', key: node.name },
    ...macs.map((key) => ({ by: 'mac', key })),
    ...(node.serial === undefined ? [] : [{ by: 'serial', key: node.serial }]),
    ...(node.uuid === undefined ? [] : [{ by: 'uuid', key: node.uuid }]),
  ];
}

/** Makes the directories of a tree for a web server: `http/<by>/<key>/meta-data` and so on. */
export async function openHttpTree(output: SiteDirectory): Promise<void> {
  for (const name of [TREE, SEEDS, ...KINDS.map((by) => `${TREE}/${by}`)]) {
    await output.makeDirectory(name);
  }
}

/** Whether there is such a tree. */
export async function hasHttpTree(output: SiteDirectory): Promise<boolean> {
  return (await output.list(`${TREE}/name`)).length > 0;
}

/** Adds a node's seed. A name comes to lead to another seed in one step, so that no box gets parts of two. */
export async function addToHttpTree(
  output: SiteDirectory,
  node: SiteNode,
  { instanceId, files }: NodeFiles,
): Promise<void> {
  const seed = `${SEEDS}/${instanceId}`;
  await output.makeDirectory(seed);
  for (const name of FILES) await output.write(`${seed}/${name}`, files[name]);
  for (const { by, key } of keysOf(node)) {
    await output.link(`${TREE}/${by}/${key}`, `../seeds/${instanceId}`);
  }
}

/** Removes what no node has any more: links first, so that none leads nowhere. */
export async function pruneHttpTree(
  output: SiteDirectory,
  nodes: readonly SiteNode[],
  instanceIds: readonly string[],
): Promise<void> {
  const keys = new Set(nodes.flatMap(keysOf).map(({ by, key }) => `${by}/${key}`));
  for (const by of KINDS) {
    for (const key of await output.list(`${TREE}/${by}`)) {
      if (!keys.has(`${by}/${key}`)) await removeLink(output, `${TREE}/${by}/${key}`);
    }
  }
  const seeds = new Set(instanceIds);
  for (const name of await output.list(SEEDS)) {
    if (!seeds.has(name)) await removeSeed(output, name);
  }
}

/** Removes a tree that is wanted no more. Files that are not Kiln's stay, and the directories that they are in. */
export async function removeHttpTree(output: SiteDirectory): Promise<void> {
  await pruneHttpTree(output, [], []);
  for (const by of KINDS) await output.removeDirectory(`${TREE}/${by}`);
  await output.removeDirectory(SEEDS);
  await output.removeDirectory(TREE);
}

/** Only a link to a seed is Kiln's. */
async function removeLink(output: SiteDirectory, name: string): Promise<void> {
  const target = await output.targetOf(name);
  if (target?.startsWith('../seeds/')) await output.remove(name);
}

async function removeSeed(output: SiteDirectory, name: string): Promise<void> {
  for (const file of FILES) await output.remove(`${SEEDS}/${name}/${file}`);
  await output.removeDirectory(`${SEEDS}/${name}`);
}
