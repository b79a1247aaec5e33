import { textContent } from './content.ts';
import type { TreeEntry } from './tree.ts';

/** The origin of what Kiln itself makes. */
export const KILN = 'kiln';

/** A file that Kiln makes: 0644 root:root unless said otherwise. */
export function generatedFile(
  path: string,
  data: string | Buffer,
  epoch: number,
  owner: { readonly mode?: number; readonly gid?: number } = {},
): TreeEntry {
  const content =
    typeof data === 'string' ? textContent(data) : ({ kind: 'bytes', bytes: data } as const);
  const { mode = 0o644, gid = 0 } = owner;
  return { kind: 'file', path, mode, uid: 0, gid, mtime: epoch, origin: KILN, content };
}

/** A symlink that Kiln makes. */
export function generatedLink(path: string, target: string, epoch: number): TreeEntry {
  return { kind: 'symlink', path, mode: 0o777, uid: 0, gid: 0, mtime: epoch, origin: KILN, target };
}
