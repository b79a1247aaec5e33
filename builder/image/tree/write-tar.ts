import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Header, type Pack, pack } from 'tar-stream';
import { sizeOf } from './content.ts';
import { RangeReader } from './range-reader.ts';
import type { Tree, TreeEntry } from './tree.ts';

type EntryHeader = Partial<Header> & Pick<Header, 'name'>;

/** How much may wait between the store and the reader of the archive. */
const BUFFER_BYTES = 1 << 20;
const BATCH_BYTES = 256 << 10;

/**
 * Writes a tree as a tar archive (POSIX.1-2017 pax interchange format; extended headers only for long names)
 * and ends the stream. Owners are numbers; no time is later than the epoch. Every byte is verified on its way.
 * Throws KilnError `verification` when the store's bytes are not what they were.
 */
export async function writeTar(tree: Tree, epoch: number, output: Writable): Promise<void> {
  const archive = pack({ highWaterMark: BUFFER_BYTES });
  const filled = fill(archive, tree, epoch).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  const [pumped, filling] = await Promise.allSettled([pipeline(batches(archive), output), filled]);
  // When nobody reads any more, filling fails too, but only as a consequence.
  if (pumped.status === 'rejected') throw pumped.reason;
  if (filling.status === 'rejected') throw filling.reason;
}

/** An archive comes in a few hundred bytes at a time: what is written to a pipe should be larger. */
async function* batches(archive: Pack): AsyncGenerator<Buffer> {
  let pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of archive) {
    if (!(piece instanceof Uint8Array)) continue;
    pieces.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes < BATCH_BYTES) continue;
    yield Buffer.concat(pieces, sizeBytes);
    [pieces, sizeBytes] = [[], 0];
  }
  yield Buffer.concat(pieces, sizeBytes);
}

async function fill(archive: Pack, tree: Tree, epoch: number): Promise<void> {
  await using reader = new RangeReader();
  for (const entry of tree.values()) {
    const header = headerOf(entry, epoch);
    if (entry.kind !== 'file') await add(archive, header, Buffer.alloc(0));
    else if (entry.content.kind === 'bytes') await add(archive, header, entry.content.bytes);
    else if (RangeReader.isSmall(entry.content)) {
      await add(archive, header, await reader.readSmall(entry.content));
    } else await addLarge(archive, header, reader.read(entry.content));
  }
  archive.finalize();
}

function add(archive: Pack, header: EntryHeader, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry(header, bytes, (error) => (error ? reject(error) : resolve()));
  });
}

async function addLarge(
  archive: Pack,
  header: EntryHeader,
  pieces: AsyncIterable<Buffer>,
): Promise<void> {
  let done: (error?: Error | null) => void = () => {};
  const closed = new Promise<void>((resolve, reject) => {
    done = (error) => (error ? reject(error) : resolve());
  });
  const sink = archive.entry(header, done);
  await Promise.all([closed, pipeline(pieces, sink)]);
}

const TYPES = {
  file: 'file',
  directory: 'directory',
  symlink: 'symlink',
  hardlink: 'link',
} as const;
/** File type bits of a mode: tar has them elsewhere, but tar-stream takes a mode of 0 for a missing one. */
const REGULAR = 0o100000;

function headerOf(entry: TreeEntry, epoch: number): EntryHeader {
  return {
    name: entry.path,
    type: TYPES[entry.kind],
    mode: entry.mode | REGULAR,
    uid: entry.uid,
    gid: entry.gid,
    size: entry.kind === 'file' ? sizeOf(entry.content) : 0,
    // tar-stream would put the present time where this is missing.
    mtime: new Date(Math.min(entry.mtime, epoch) * 1000),
    uname: '',
    gname: '',
    ...('target' in entry && { linkname: entry.target }),
  };
}
