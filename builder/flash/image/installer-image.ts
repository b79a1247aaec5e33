import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { BLOCK_BYTES, type MappedRange } from '../../image/artifacts/disk.ts';
import { ALIGNMENT_BYTES } from '../../image/artifacts/gpt.ts';
import { readManifest } from '../../image/release/manifest.ts';
import { KilnError } from '../../report/errors.ts';
import type { Sha256 } from '../../report/sha256.ts';
import { AGAIN, firstThatIsThere, type ReleaseImage, titleOf } from './release-image.ts';
import { type ImageSource, openRaw } from './source.ts';

/** The system area of an ISO (ECMA-119, section 6.2.1), in which the partition table is. */
const SYSTEM_AREA_BYTES = 32 * 1024;

/**
 * Finds the installer ISO of a release, as an image for a stick: its system area is what a disk's first blocks are, so
 * that its partition table can be fitted to the stick. All of it is compared with the manifest.
 * @throws KilnError `usage` when the release has none, `verification` when it is damaged
 */
export async function findInstaller(directory: string): Promise<ReleaseImage> {
  const manifest = await readManifest(directory);
  const isos = manifest.outputs.filter(({ file }) => file.endsWith('.iso'));
  const [iso] = isos;
  if (iso === undefined) {
    throw new KilnError('usage', `the release ${directory} has no installer`, {
      hint: 'let the definition’s `artifacts` have `iso`; then build it again',
    });
  }
  const path = await firstThatIsThere(directory, isos);
  const { whole, ranges } = await digest(path, iso.sizeBytes);
  if (whole !== iso.sha256) {
    const problem = `its SHA-256 is ${whole}, not ${iso.sha256}`;
    throw new KilnError('verification', `${path} is damaged: ${problem}`, { hint: AGAIN });
  }
  return {
    ...{ ranges, path, arch: manifest.arch },
    title: `installer of ${titleOf(manifest)}`,
    imageBytes: iso.sizeBytes,
    // The partition table's backup comes behind it.
    neededBytes: Math.ceil(iso.sizeBytes / ALIGNMENT_BYTES + 1) * ALIGNMENT_BYTES,
    open: () => openPadded(path, iso.sizeBytes),
  };
}

/** The digests of the whole and of its two parts, in one go. */
async function digest(
  path: string,
  sizeBytes: number,
): Promise<{ readonly whole: Sha256; readonly ranges: readonly MappedRange[] }> {
  const [whole, area, rest] = [sha(), sha(), sha()];
  let offset = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: ALIGNMENT_BYTES })) {
    if (!Buffer.isBuffer(chunk)) throw new Error('a file without an encoding gives bytes');
    const inArea = Math.max(0, SYSTEM_AREA_BYTES - offset);
    whole.update(chunk);
    area.update(chunk.subarray(0, inArea));
    rest.update(chunk.subarray(inArea));
    offset += chunk.length;
  }
  const end = wholeBlocks(sizeBytes);
  rest.update(Buffer.alloc(end - sizeBytes));
  return {
    whole: whole.digest('hex'),
    ranges: [
      { start: 0, end: SYSTEM_AREA_BYTES, sha256: area.digest('hex') },
      { start: SYSTEM_AREA_BYTES, end, sha256: rest.digest('hex') },
    ],
  };
}

/** An ISO ends where a sector of its own ends; a disk is written in larger blocks. */
async function openPadded(path: string, sizeBytes: number): Promise<ImageSource> {
  const source = await openRaw(path);
  return {
    async read(target, offset) {
      const there = Math.min(target.length, sizeBytes - offset);
      await source.read(target.subarray(0, there), offset);
      target.fill(0, there);
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

function sha(): Hash {
  return createHash('sha256');
}
