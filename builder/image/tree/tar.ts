import { RangeReader } from './range-reader.ts';
import { tarHeader, tarPadding, tarTrailer } from './tar-header.ts';
import type { Tree } from './tree.ts';

/** Small pieces are gathered to chunks of this size: it is worth a system call. */
const CHUNK_BYTES = 256 << 10;

/**
 * A tree as a tar archive (POSIX.1-2017, pax interchange format), every byte verified on its way. A chunk is
 * valid until the next one is asked for: with fresh memory for hundreds of megabytes, collecting it would
 * take longer than writing the archive.
 * @throws KilnError `verification` when the store's bytes are not what they were.
 */
export async function* tarOf(tree: Tree, epoch: number): AsyncGenerator<Buffer> {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let filled = 0;
  for await (const piece of piecesOf(tree, epoch)) {
    if (filled + piece.length > chunk.length) {
      yield chunk.subarray(0, filled);
      filled = 0;
    }
    if (piece.length > chunk.length) yield piece;
    else filled += piece.copy(chunk, filled);
  }
  yield chunk.subarray(0, filled);
}

/** Headers, contents and paddings, each valid until the next one. */
async function* piecesOf(tree: Tree, epoch: number): AsyncGenerator<Buffer> {
  await using reader = new RangeReader();
  for (const entry of tree.values()) {
    yield tarHeader(entry, epoch);
    if (entry.kind !== 'file') continue;
    const { content } = entry;
    if (content.kind === 'bytes') {
      yield content.bytes;
      yield tarPadding(content.bytes.length);
    } else {
      if (RangeReader.isSmall(content)) yield await reader.readSmall(content);
      else yield* reader.read(content);
      yield tarPadding(content.sizeBytes);
    }
  }
  yield tarTrailer();
}
