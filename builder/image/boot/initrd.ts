import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Sha256 } from '../../report/sha256.ts';
import { run } from '../../tools/run.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import type { Store } from '../store/store.ts';
import { digestOf, readContent } from '../tree/content.ts';
import type { Tree, TreeEntry } from '../tree/tree.ts';
import { type CpioEntry, cpioMember, cpioTrailer, FILE_TYPE } from './cpio.ts';

/**
 * Compression: high, for the initrd is read by firmware on every boot, and made only when its content
 * changes. Two threads always: the bytes do not depend on their number, only on there being any.
 */
const ZSTD_ARGS = ['-19', '--threads=2', '--quiet', '--no-progress', '--stdout', '-'];

/** Part of the cache key: raise it when the same tree gives another archive. */
const FORMAT = 1;

const INITRD = 'initrd.cpio.zst';

/** Packs the initrd; one that was packed before is taken from the store. Returns the file's path. */
export async function packInitrd(
  tree: Tree,
  epoch: number,
  store: Store,
  toolbox: Toolbox,
  signal?: AbortSignal,
): Promise<string> {
  const key = [FORMAT, toolbox.identity, ...ZSTD_ARGS, treeDigest(tree, epoch)].join(' ');
  const directory = await store.derived('initrd', key, async (aside) => {
    await run([...toolbox.command('zstd'), ...ZSTD_ARGS], {
      env: toolbox.env,
      input: Readable.from(archiveOf(tree, epoch), { objectMode: false, highWaterMark: 1 << 20 }),
      stdoutFile: join(aside, INITRD),
      ...(signal && { signal }),
    });
  });
  return join(directory, INITRD);
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
