import { join } from 'node:path';
import { PROJECT_DIRECTORY } from './definition/project.ts';
import type { Lockfile } from './lock/lockfile.ts';
import { loadReviewedScripts } from './lock/maintscripts.ts';
import { assertNothingLost, findLost, type Made } from './lock/maintscripts-lost.ts';
import type { Composed } from './tree/compose.ts';
import { readText } from './tree/content.ts';
import type { Tree } from './tree/tree.ts';
import { locateInTree } from './tree/tree-path.ts';

/**
 * Compares a composed image with what the maintainer scripts of its packages would have made.
 * @throws KilnError `definition` that names everything that is missing
 */
export async function refuseLostThings(
  lock: Lockfile,
  tree: Composed,
  file: string,
): Promise<void> {
  const reviewed = await loadReviewedScripts(
    join(PROJECT_DIRECTORY, 'images', 'maintscripts.yaml'),
  );
  assertNothingLost(findLost(lock.packages, reviewed, await madeIn(tree)), file);
}

/** Some of it is made after the exclusions, and some of it is excluded on purpose: both count. */
async function madeIn({ full, root }: Composed): Promise<Made> {
  const accounts = new Set([
    ...(await namesIn(full, 'etc/passwd')),
    ...(await namesIn(full, 'etc/group')),
  ]);
  return {
    hasPath: (path) => [root, full].some((tree) => locateInTree(tree, path.slice(1)) !== undefined),
    hasAccount: (name) => accounts.has(name),
  };
}

/** First fields of the lines of passwd(5) or group(5). */
async function namesIn(tree: Tree, path: string): Promise<readonly string[]> {
  const text = (await readText(tree, path)) ?? '';
  return text.split('\n').map((line) => line.split(':', 1)[0] ?? '');
}
