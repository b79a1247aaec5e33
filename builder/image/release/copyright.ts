import type { Toolbox } from '../../tools/toolbox.ts';
import { zstdCompress } from '../../tools/zstd.ts';
import { compareBytes } from '../tree/byte-order.ts';
import type { Copyright } from '../tree/copyright.ts';
import { tarOf } from '../tree/tar.ts';
import type { Tree, TreeEntry } from '../tree/tree.ts';

/** Name of the archive in a release directory. */
export const COPYRIGHT = 'copyright.tar.zst';

/** Fast enough to do it on every build. */
const LEVEL = 9;

/** Archives the copyright files of an image's packages, which the image itself leaves out. */
export async function writeCopyright(
  copyright: readonly Copyright[],
  epoch: number,
  output: string,
  toolbox: Toolbox,
  signal?: AbortSignal,
): Promise<void> {
  const input = tarOf(copyrightTree(copyright, epoch), epoch);
  await zstdCompress(toolbox, { input, output, level: LEVEL }, signal);
}

/** One file for each package: `copyright/<name>_<version>`. */
function copyrightTree(copyright: readonly Copyright[], epoch: number): Tree {
  const common = { uid: 0, gid: 0, mtime: epoch, origin: 'kiln' };
  const entries: TreeEntry[] = [{ ...common, path: 'copyright', kind: 'directory', mode: 0o755 }];
  for (const { name, version, content } of copyright) {
    if (content === undefined) continue;
    const path = `copyright/${name}_${version}`;
    entries.push({ ...common, path, kind: 'file', mode: 0o644, content });
  }
  entries.sort((a, b) => compareBytes(a.path, b.path));
  return new Map(entries.map((entry) => [entry.path, entry]));
}
