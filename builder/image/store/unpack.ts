import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { KilnError } from '../../report/errors.ts';
import type { Sha256 } from '../../report/sha256.ts';
import type { XzDecoder } from '../../tools/xz.ts';
import { parseSingleParagraph } from '../lock/deb822.ts';
import { checkEntries, entryOf } from './archive-entry.ts';
import { ContentsWriter } from './contents-writer.ts';
import { openDeb, readMember } from './deb.ts';
import type { Store, VerifiedPath } from './store.ts';
import type { ArchiveEntry, UnpackedPackage } from './unpacked.ts';
import { decodeIndex, encodeIndex } from './unpacked-index.ts';

/** Part of the cache key: raise it when what is kept changes. */
const FORMAT = 1;

/** More than any real control archive; the kernel's has 0.5 MB. */
const CONTROL_LIMIT_BYTES = 16 << 20;

/** The control archive of a package. */
export interface ControlData {
  readonly control: Readonly<Record<string, string>>;
  /** All files but `control` and `md5sums`, by name. */
  readonly controlFiles: Readonly<Record<string, string>>;
}

/**
 * A package taken apart: decompressed once and kept in the store, after that only its index is read.
 * @throws KilnError('verification') for a damaged package, or one that tries to leave its directory.
 */
export async function unpackPackage(
  deb: VerifiedPath,
  sha256: Sha256,
  store: Pick<Store, 'derived'>,
  xz: XzDecoder,
): Promise<UnpackedPackage> {
  const directory = await store.derived('unpacked', `${FORMAT}:${sha256}`, (target: string) =>
    unpackInto(target, deb, xz),
  );
  const index = decodeIndex(await readFile(join(directory, 'index.json'), 'utf8'));
  return { ...index, contentsPath: join(directory, 'contents') };
}

/** Reads the control archive alone: quick, as it comes first and is small. */
export async function readControl(deb: VerifiedPath, xz: XzDecoder): Promise<ControlData> {
  const { control } = await openDeb(deb, deb);
  return controlOf(readMember(control, xz), deb);
}

async function unpackInto(directory: string, deb: string, xz: XzDecoder): Promise<void> {
  const members = await openDeb(deb, deb);
  const { control, controlFiles } = await controlOf(readMember(members.control, xz), deb);
  const { Package: name = '', Version: version = '' } = control;
  const label = `${name} ${version}`;
  const entries = await dataOf(readMember(members.data, xz), join(directory, 'contents'), label);
  checkEntries(entries, label);
  await writeFile(
    join(directory, 'index.json'),
    encodeIndex({ name, version, control, controlFiles, entries }),
  );
}

async function controlOf(stream: Readable, label: string): Promise<ControlData> {
  const files: Record<string, string> = {};
  let total = 0;
  await readTar(stream, label, async (header, body) => {
    const entry = entryOf(header, label);
    if (entry?.kind !== 'file' || entry.path === 'md5sums') return drain(body);
    total += header.size;
    if (total > CONTROL_LIMIT_BYTES) {
      throw new KilnError(
        'verification',
        `${label} has a control archive of more than ${CONTROL_LIMIT_BYTES >> 20} MiB`,
      );
    }
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(bytesOf(chunk));
    files[entry.path] = Buffer.concat(chunks).toString();
  });
  const { control: text, ...controlFiles } = files;
  if (text === undefined) throw new KilnError('verification', `${label} has no control file`);
  return { control: Object.fromEntries(parseSingleParagraph(text, label)), controlFiles };
}

async function dataOf(
  stream: Readable,
  contentsPath: string,
  label: string,
): Promise<ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  await using contents = new ContentsWriter(await open(contentsPath, 'wx'));
  await readTar(stream, label, async (header, body) => {
    const entry = entryOf(header, label);
    if (entry?.kind !== 'file') {
      if (entry !== undefined) entries.push(entry);
      return drain(body);
    }
    const offset = contents.sizeBytes;
    const hash = createHash('sha256');
    for await (const chunk of body) {
      const bytes = bytesOf(chunk);
      hash.update(bytes);
      await contents.append(bytes);
    }
    const sizeBytes = contents.sizeBytes - offset;
    entries.push({ ...entry, offset, sizeBytes, sha256: hash.digest('hex') });
  });
  await contents.flush();
  return entries;
}

type Body = AsyncIterable<unknown>;

/** Calls `each` for one member after the other; whatever is wrong with the stream names the package. */
async function readTar(
  stream: Readable,
  label: string,
  each: (header: Header, body: Body) => Promise<void>,
): Promise<void> {
  const tar = extract();
  const fed = pipeline(stream, tar).catch((error: unknown) => error);
  try {
    for await (const entry of tar) await each(entry.header, entry);
    const error = await fed;
    if (error !== undefined) throw error;
  } catch (error) {
    stream.destroy();
    await fed;
    if (error instanceof KilnError) throw error;
    throw new KilnError(
      'verification',
      `${label} is damaged: ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
      },
    );
  }
}

async function drain(body: Body): Promise<void> {
  for await (const _ of body) {
    // Only the header matters.
  }
}

/** tar-stream's types leave open what a stream of bytes yields. */
function bytesOf(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  throw new Error('a tar member yielded no bytes');
}
