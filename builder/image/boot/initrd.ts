import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha256 } from '../../report/sha256.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import { zstdCompress } from '../../tools/zstd.ts';
import type { Store } from '../store/store.ts';
import { digestOf, readContent } from '../tree/content.ts';
import type { Tree, TreeEntry } from '../tree/tree.ts';
import { type CpioEntry, cpioMember, cpioTrailer, FILE_TYPE } from './cpio.ts';

/** High, for firmware reads the initrd on every boot, and it is packed only when its content changes. */
const LEVEL = 19;

/** The whole archive (about 25 MB) is one window of 32 MiB, for libraries and modules repeat each other. */
const WINDOW_LOG = 25;

/** Part of the cache key: raise it when the same tree gives another archive. */
const FORMAT = 1;

const ARCHIVE = 'initrd.cpio.zst';

export interface PackInput {
  /** The archives, in the order in which the kernel unpacks one over the other. */
  readonly trees: readonly Tree[];
  readonly epoch: number;
  readonly store: Pick<Store, 'derived'>;
  readonly toolbox: Toolbox;
  readonly signal?: AbortSignal | undefined;
}

/** Packs the initrd: its archives one after the other; what was packed before is taken from the store. */
export async function packInitrd(input: PackInput): Promise<Buffer> {
  const archives = [];
  for (const tree of input.trees) {
    archives.push(await readFile(await packTree(tree, input)));
  }
  return Buffer.concat(archives.flatMap((bytes) => [bytes, Buffer.alloc(-bytes.length & 3)]));
}

async function packTree(tree: Tree, { epoch, store, toolbox, signal }: PackInput): Promise<string> {
  const key = [FORMAT, toolbox.identity, LEVEL, WINDOW_LOG, treeDigest(tree, epoch)].join(' ');
  const directory = await store.derived('initrd', key, (aside) =>
    zstdCompress(
      toolbox,
      {
        input: archiveOf(tree, epoch),
        output: join(aside, ARCHIVE),
        level: LEVEL,
        windowLog: WINDOW_LOG,
      },
      signal,
    ),
  );
  return join(directory, ARCHIVE);
}

/** A digest over everything that the archive is made of. */
export function treeDigest(tree: Tree, epoch: number): Sha256 {
  const hash = createHash('sha256');
  for (const entry of tree.values()) {
    const { path, kind, mode, uid, gid } = entry;
    const what = entry.kind === 'file' ? digestOf(entry.content) : targetOf(entry);
    hash.update(JSON.stringify([path, kind, mode, uid, gid, mtimeOf(entry, epoch), what]));
  }
  return hash.digest('hex');
}

/** The archive's bytes. Inode numbers are the entries' places in the tree. */
export async function* archiveOf(tree: Tree, epoch: number): AsyncGenerator<Buffer> {
  let inode = 0;
  for (const entry of tree.values()) {
    inode += 1;
    yield Buffer.concat(cpioMember(await memberOf(entry, epoch), inode));
  }
  yield Buffer.concat(cpioTrailer());
}

async function memberOf(entry: TreeEntry, epoch: number): Promise<CpioEntry> {
  const { path, uid, gid } = entry;
  const data =
    entry.kind === 'file' ? await readContent(entry.content) : Buffer.from(targetOf(entry));
  if (entry.kind === 'hardlink') throw new Error(`${path}: hardlinks are no part of an initrd`);
  const mode = entry.mode | FILE_TYPE[entry.kind];
  return { path, uid, gid, mode, mtime: mtimeOf(entry, epoch), data };
}

function mtimeOf({ mtime }: TreeEntry, epoch: number): number {
  return Math.min(mtime, epoch);
}

function targetOf(entry: TreeEntry): string {
  return entry.kind === 'symlink' ? entry.target : '';
}
