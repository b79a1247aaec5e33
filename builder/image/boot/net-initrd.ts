import { KilnError } from '../../report/errors.ts';
import { digestOf } from '../tree/content.ts';
import type { Tree, TreeEntry } from '../tree/tree.ts';
import { composeInitrd, type InitrdInput, type InitrdTrees } from './initrd-tree.ts';

/** What gets the root; it is in the overlay of the initrd of a network boot. */
const FETCHER = 'usr/lib/kiln/fetch-root';

/**
 * Composes the initrd of a network boot, as archives in their order. The first one is that of the disk's initrd, as
 * it is: it is packed only once, and so is what comes on top of it.
 */
export async function composeNetInitrd(
  disk: InitrdTrees,
  input: InitrdInput,
): Promise<readonly Tree[]> {
  const whole = await composeInitrd(input);
  if (!whole.overlay.has(FETCHER)) throw noFetcher();
  return [disk.packages, additionTo(disk.packages, whole.packages), whole.overlay];
}

/** What a tree has that the other one has not, or has otherwise. */
function additionTo(base: Tree, whole: Tree): Tree {
  return new Map([...whole].filter(([path, entry]) => !isSame(entry, base.get(path))));
}

function isSame(entry: TreeEntry, other: TreeEntry | undefined): boolean {
  if (entry === other) return true;
  if (other === undefined || fingerprint(entry) !== fingerprint(other)) return false;
  if (entry.kind === 'file') {
    return other.kind === 'file' && digestOf(entry.content) === digestOf(other.content);
  }
  if (entry.kind === 'symlink') return other.kind === 'symlink' && entry.target === other.target;
  return entry.kind === 'directory';
}

function fingerprint({ kind, mode, uid, gid, mtime }: TreeEntry): string {
  return [kind, mode, uid, gid, mtime].join(' ');
}

function noFetcher(): KilnError {
  return new KilnError(
    'definition',
    `the initrd of a network boot has no /${FETCHER}, so nothing would get the root`,
    {
      hint: 'put Kiln’s overlay `netboot` into `netboot.overlays`, or take `netboot` out of `artifacts`',
    },
  );
}
