import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha256 } from '../../report/sha256.ts';
import { type Manifest, readManifest } from './manifest.ts';

/**
 * The manifest of a release that was made from the inputs with that key, if nobody touched its files since:
 * sizes and times are looked at, not bytes, so that this costs milliseconds. Undefined when it has to be made.
 */
export async function findUpToDate(directory: string, key: Sha256): Promise<Manifest | undefined> {
  const manifest = await readManifest(directory).catch(() => undefined);
  if (manifest?.key !== key) return undefined;
  for (const { file, sizeBytes } of manifest.outputs) {
    const found = await stat(join(directory, file)).catch(() => undefined);
    // A sealed release's files all have the image's time: any other is that of a later change.
    if (found?.size !== sizeBytes || found.mtimeMs !== manifest.epoch * 1000) return undefined;
  }
  return manifest;
}
