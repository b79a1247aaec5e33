import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Sha256 } from '../../report/sha256.ts';
import type { XzDecoder } from '../../tools/xz.ts';
import type { Store, VerifiedPath } from '../store/store.ts';
import { type Paragraph, parseParagraphs } from './deb822.ts';
import { type AvailablePackage, INDEX_FIELDS, readAvailable } from './package-index.ts';

/** How a Packages index is compressed; also its suffix. */
export type IndexCompression = 'gz' | 'xz';

/** A downloaded Packages index. */
export interface PackagesFile {
  readonly path: VerifiedPath;
  readonly sha256: Sha256;
  readonly compression: IndexCompression;
  readonly archive: string;
  readonly suite: string;
}

/** Part of the cache key: raise it when INDEX_FIELDS or the way they are written changes. */
const FORMAT = 1;
const STRIPPED = 'Packages';

/**
 * The packages of an index. Its fields that matter are a third of it and are kept uncompressed in the
 * store, so that the next lock from the same index starts at once.
 */
export async function readPackagesFile(
  file: PackagesFile,
  store: Pick<Store, 'derived'>,
  xz: XzDecoder,
  signal?: AbortSignal,
): Promise<readonly AvailablePackage[]> {
  const directory = await store.derived('packages', `${FORMAT}:${file.sha256}`, (target) =>
    strip(decompressed(file, xz), join(target, STRIPPED), signal),
  );
  const bytes = await readFile(join(directory, STRIPPED));
  signal?.throwIfAborted();
  return [...parseParagraphs(textOf(bytes))].map((paragraph) => readAvailable(paragraph, file));
}

function decompressed({ path, compression }: PackagesFile, xz: XzDecoder): Readable {
  const compressed = createReadStream(path, { highWaterMark: 1 << 18 });
  if (compression === 'xz') return xz.decode(compressed, 'xz');
  // A read error reaches the consumer through the pipeline.
  return pipeline(compressed, createGunzip({ chunkSize: 1 << 20 }), () => {});
}

/** Writes the index with only the fields that are needed, without holding it whole. */
async function strip(
  index: Readable,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await using output = await open(target, 'w');
  let rest = '';
  for await (const chunk of index) {
    signal?.throwIfAborted();
    const text = rest + textOf(chunk);
    const end = text.lastIndexOf('\n\n') + 1;
    rest = text.slice(end);
    await output.write(strippedText(text.slice(0, end)), null, 'latin1');
  }
  await output.write(strippedText(rest), null, 'latin1');
}

function strippedText(text: string): string {
  return Array.from(parseParagraphs(text, INDEX_FIELDS), formatParagraph).join('');
}

function formatParagraph(paragraph: Paragraph): string {
  const lines = [...paragraph].map(
    ([name, value]) => `${name}: ${value.replaceAll('\n', '\n ')}\n`,
  );
  return `${lines.join('')}\n`;
}

/** The needed fields are ASCII; one byte per character makes the text half as large and fast to cut. */
function textOf(bytes: Buffer): string {
  return bytes.toString('latin1');
}
