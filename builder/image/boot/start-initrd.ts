import { KilnError } from '../../report/errors.ts';
import type { OtherStart } from '../definition/definition.ts';
import { digestOf } from '../tree/content.ts';
import type { Tree, TreeEntry } from '../tree/tree.ts';
import {
  type AddedFiles,
  composeInitrd,
  type InitrdInput,
  type InitrdTrees,
} from './initrd-tree.ts';

/** What brings the root in another start than from the disk; it is in the overlay of that start's initrd. */
const BRINGERS: Readonly<
  Record<OtherStart, { readonly path: string; readonly initrd: string; readonly verb: string }>
> = {
  netboot: {
    path: 'usr/lib/kiln/fetch-root',
    initrd: 'the initrd of a network boot',
    verb: 'get',
  },
  iso: {
    path: 'usr/lib/kiln/find-medium',
    initrd: 'the initrd of the installer ISO',
    verb: 'find',
  },
};

/**
 * Composes the initrd of another start than from the disk, as archives in their order. The first one is that of the
 * disk's initrd, as it is: it is packed only once, and so is what comes on top of it.
 */
export async function composeStartInitrd(
  disk: InitrdTrees,
  input: Omit<InitrdInput, 'added'>,
  added: AddedFiles,
): Promise<readonly Tree[]> {
  const whole = await composeInitrd({ ...input, added });
  if (!whole.overlay.has(BRINGERS[added.start].path)) throw noBringer(added.start);
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

function noBringer(start: OtherStart): KilnError {
  const { path, initrd, verb } = BRINGERS[start];
  return new KilnError(
    'definition',
    `${initrd} has no /${path}, so nothing would ${verb} the root`,
    {
      hint: `put Kiln’s overlay \`${start}\` into \`${start}.overlays\`, or take \`${start}\` out of \`artifacts\``,
    },
  );
}
