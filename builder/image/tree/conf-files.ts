import type { SourceFile } from '../../report/diagnostic.ts';
import { compareBytes } from './byte-order.ts';
import { readText } from './content.ts';
import type { Tree } from './tree.ts';
import { namesInDirectory } from './tree-path.ts';

/**
 * The files of a systemd-style configuration: of equal names the one in the earliest directory counts, an empty
 * one or a link to nothing hides the others, and all are ordered by name. Their `name` is the path with its origin.
 */
export async function confFiles(
  tree: Tree,
  directories: readonly string[],
  suffix: string,
): Promise<readonly SourceFile[]> {
  const chosen = new Map<string, string>();
  for (const directory of directories) {
    for (const name of namesInDirectory(tree, directory)) {
      const path = `${directory}/${name}`;
      if (!name.endsWith(suffix) || chosen.has(name)) continue;
      if (tree.get(path)?.kind !== 'directory') chosen.set(name, path);
    }
  }
  const paths = [...chosen].sort(([a], [b]) => compareBytes(a, b)).map(([, path]) => path);
  return Promise.all(
    paths.map(async (path) => ({
      name: `/${path} (${tree.get(path)?.origin})`,
      text: (await readText(tree, path)) ?? '',
    })),
  );
}
