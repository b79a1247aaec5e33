import type { TreeEntry } from '../tree/tree.ts';
import { mtimeFor } from './mtime.ts';
import type { K0sBinary } from './resolve.ts';

/** The k0s binary as the image has it. */
export function k0sEntry({ path, sizeBytes, sha256 }: K0sBinary, epoch: number): TreeEntry {
  return {
    path: 'usr/bin/k0s',
    kind: 'file',
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtime: mtimeFor(sha256, epoch),
    origin: 'k0s',
    content: { kind: 'range', file: path, offset: 0, sizeBytes, sha256 },
  };
}
