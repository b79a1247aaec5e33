import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Disk } from '../flash/disk/disk.ts';
import { type OpenDisk, openDisk } from '../flash/disk/open-disk.ts';
import { type Flashed, type FlashInput, flashImage } from '../flash/flash.ts';
import type { ReleaseImage } from '../flash/image/release-image.ts';
import { SILENT } from '../report/progress.ts';
import { noise } from './release-fixture.ts';
import { emptyDirectory } from './store-fixture.ts';

const OLD_BYTES = 3 * 1024 * 1024;

/** The first bytes of `usedDisk`. */
export const OLD_START = noise(OLD_BYTES, 'old start');
/** Its last ones. */
export const OLD_END = noise(OLD_BYTES, 'old end');

/** A disk that held something before: it is at both of its ends. */
export async function usedDisk(t: ExecutionContext, sizeBytes: number): Promise<OpenDisk> {
  const path = join(await emptyDirectory(t), 'disk');
  await writeFile(path, OLD_START);
  await truncate(path, sizeBytes);
  await using file = await open(path, 'r+');
  await file.write(OLD_END, 0, OLD_BYTES, sizeBytes - OLD_BYTES);
  const disk = await openDisk({ path, kind: 'file', sizeBytes });
  t.teardown(() => disk[Symbol.asyncDispose]());
  return disk;
}

/** Writes an image to a disk as `kiln flash` does, silently. */
export async function flash(
  image: ReleaseImage,
  disk: Disk,
  more: Partial<FlashInput> = {},
): Promise<Flashed> {
  return await flashImage({
    ...{ image, disk, added: undefined, verify: true, progress: SILENT },
    signal: new AbortController().signal,
    clock: () => 0,
    begun: () => undefined,
    ...more,
  });
}

/** Some bytes of a file. */
export async function bytesOf(path: string, start: number, sizeBytes: number): Promise<Buffer> {
  await using file = await open(path, 'r');
  const bytes = Buffer.alloc(sizeBytes);
  await file.read(bytes, 0, sizeBytes, start);
  return bytes;
}
