import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { KilnError } from '../../report/errors.ts';
import type { Sha256 } from '../../report/sha256.ts';
import type { XzDecoder } from '../../tools/xz.ts';
import { parseSingleParagraph } from '../lock/deb822.ts';
import { entryOf } from './archive-entry.ts';
import { ContentsWriter } from './contents-writer.ts';
import { openDeb, readMember } from './deb.ts';
import { readData, readTar } from './package-reader.ts';
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
  const directory = await store.derived('unpacked', `${FORMAT}:${sha256}`, (target) =>
    unpackInto(target, deb, xz),
  );
  const index = decodeIndex(await readFile(join(directory, 'index.json'), 'utf8'));
  return { ...index, contentsPath: join(directory, 'contents') };
}

/** Reads the control archive alone: quick, as it comes first and is small. */
export async function readControl(deb: string, xz: XzDecoder): Promise<ControlData> {
  const { control } = await openDeb(deb, deb);
  return controlOf(readMember(control, xz), deb);
}

async function unpackInto(directory: string, deb: string, xz: XzDecoder): Promise<void> {
  const { control, controlFiles } = await readControl(deb, xz);
  const { Package: name = '', Version: version = '' } = control;
  const entries: ArchiveEntry[] = [];
  await using contents = new ContentsWriter(await open(join(directory, 'contents'), 'wx'));
  await readData(deb, `${name} ${version}`, xz, async (entry, body) => {
    entries.push(entry.kind === 'file' ? { ...entry, ...(await keep(body, contents)) } : entry);
  });
  await contents.flush();
  const index = encodeIndex({ name, version, control, controlFiles, entries });
  await writeFile(join(directory, 'index.json'), index);
}

async function keep(
  body: AsyncIterable<Buffer>,
  contents: ContentsWriter,
): Promise<Pick<ArchiveEntry, 'offset' | 'sizeBytes' | 'sha256'>> {
  const offset = contents.sizeBytes;
  const hash = createHash('sha256');
  for await (const chunk of body) {
    hash.update(chunk);
    await contents.append(chunk);
  }
  return { offset, sizeBytes: contents.sizeBytes - offset, sha256: hash.digest('hex') };
}

async function controlOf(stream: Readable, label: string): Promise<ControlData> {
  const files: Record<string, string> = {};
  let total = 0;
  await readTar(stream, label, async (header, body) => {
    const entry = entryOf(header, label);
    if (entry?.kind !== 'file' || entry.path === 'md5sums') return;
    total += header.size;
    if (total > CONTROL_LIMIT_BYTES) {
      throw new KilnError(
        'verification',
        `${label} has a control archive of more than ${CONTROL_LIMIT_BYTES >> 20} MiB`,
      );
    }
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    files[entry.path] = Buffer.concat(chunks).toString();
  });
  const { control: text, ...controlFiles } = files;
  if (text === undefined) throw new KilnError('verification', `${label} has no control file`);
  return { control: Object.fromEntries(parseSingleParagraph(text, label)), controlFiles };
}
