import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { KilnError } from '../../report/errors.ts';
import type { XzDecoder } from '../../tools/xz.ts';
import { checkEntries, entryOf } from './archive-entry.ts';
import { openDeb, readMember } from './deb.ts';
import type { ArchiveEntry } from './unpacked.ts';

/**
 * Calls `each` for one member of the data archive after the other, in the archive's order; `body` has
 * the bytes of files and need not be read. The archive as a whole is checked at the end only.
 * @param label names the package in messages.
 * @throws KilnError('verification') for a damaged package, or one that tries to leave its directory.
 */
export async function readData(
  deb: string,
  label: string,
  xz: XzDecoder,
  each: (entry: ArchiveEntry, body: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const { data } = await openDeb(deb, label);
  const seen: ArchiveEntry[] = [];
  await readTar(readMember(data, xz), label, async (header, body) => {
    const entry = entryOf(header, label);
    if (entry === undefined) return;
    seen.push(entry);
    await each(entry, body);
  });
  checkEntries(seen, label);
}

/**
 * Calls `each` for one member of a tar stream after the other.
 * @throws KilnError('verification') that names the package when the stream is damaged.
 */
export async function readTar(
  stream: Readable,
  label: string,
  each: (header: Header, body: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const tar = extract();
  const fed = pipeline(stream, tar).catch((error: unknown) => error);
  try {
    for await (const source of tar) {
      await each(source.header, bytesOf(source));
      source.resume();
    }
    const error = await fed;
    if (error !== undefined) throw error;
  } catch (error) {
    stream.destroy();
    await fed;
    if (error instanceof KilnError || isOurs(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new KilnError('verification', `${label} is damaged: ${reason}`, { cause: error });
  }
}

/** A failed system call, as a full disk, says nothing about the package. */
function isOurs(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/** tar-stream's types leave open what a stream of bytes yields. */
async function* bytesOf(body: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) throw new Error('a tar member yielded no bytes');
    yield chunk;
  }
}
