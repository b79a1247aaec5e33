import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../../image/arch.ts';
import type { Artifact } from '../../image/artifacts/build.ts';
import { type Manifest, readManifest } from '../../image/release/manifest.ts';
import { KilnError } from '../../report/errors.ts';
import { sha256 } from '../../report/sha256.ts';
import { type BlockMap, parseBmap } from './bmap-file.ts';
import { type ImageSource, openRaw } from './source.ts';
import { openZstd } from './zstd-source.ts';

/** The disk image of a release, ready to be written. */
export interface ReleaseImage extends BlockMap {
  /** "kiln 0.1.0 x86_64" */
  readonly title: string;
  readonly arch: Arch;
  /** The file that the bytes come from. */
  readonly path: string;
  /** Bytes of the smallest disk that the box can divide at its first boot. */
  readonly neededBytes: number;
  open(): Promise<ImageSource>;
}

/** The way out when a file of a release is damaged. */
export const AGAIN =
  'copy the release again, or build it again: the same lock gives the same files';

/**
 * Finds the image of a release. Its map is compared with the manifest, the image itself only in size: its bytes are
 * compared with the map when they are read.
 * @throws KilnError `usage` when the release lacks what is needed, `verification` when it is damaged
 */
export async function findImage(directory: string): Promise<ReleaseImage> {
  const manifest = await readManifest(directory);
  const { outputs } = manifest;
  const map = outputs.find(({ file }) => file.endsWith('.raw.bmap'));
  // Whoever has both saves half of the work with the one that need not be decompressed.
  const images = ['.raw', '.raw.zst'].flatMap((suffix) =>
    outputs.filter(({ file }) => file.endsWith(suffix)),
  );
  if (map === undefined || images.length === 0) {
    const what = images.length === 0 ? 'disk image' : 'block map';
    throw new KilnError('usage', `the release ${directory} has no ${what}`, {
      hint: 'let the definition’s `artifacts` have `bmap`, and `disk` or `disk.zst`; then build it again',
    });
  }
  const path = await firstThatIsThere(directory, images);
  const blockMap = await readMap(directory, map);
  return {
    ...blockMap,
    title: titleOf(manifest),
    arch: manifest.arch,
    path,
    neededBytes: Math.max(blockMap.imageBytes, manifest.disk?.neededBytes ?? 0),
    open: () => (path.endsWith('.zst') ? openZstd(path) : openRaw(path)),
  };
}

/** What a release is called for people. */
export function titleOf({ name, version, arch }: Manifest): string {
  return `${name} ${version} ${arch}`;
}

/**
 * Finds the first of these files; whoever carries a release to a machine may leave out the larger one.
 * @throws KilnError `verification` when none is there, or it has another size
 */
export async function firstThatIsThere(
  directory: string,
  images: readonly Artifact[],
): Promise<string> {
  for (const { file, sizeBytes } of images) {
    const path = join(directory, file);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) continue;
    if (found.size === sizeBytes) return path;
    const problem = `has ${found.size} bytes, and ${sizeBytes} were built`;
    throw new KilnError('verification', `${path} ${problem}`, { hint: AGAIN });
  }
  const names = images.map(({ file }) => file).join(' or ');
  throw new KilnError('verification', `${directory} lacks ${names}`, { hint: AGAIN });
}

async function readMap(directory: string, output: Artifact): Promise<BlockMap> {
  const path = join(directory, output.file);
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) {
    throw new KilnError('verification', `${path} is missing`, { hint: AGAIN });
  }
  const found = sha256(bytes);
  if (found !== output.sha256) {
    const problem = `its SHA-256 is ${found}, not ${output.sha256}`;
    throw new KilnError('verification', `${path} is damaged: ${problem}`, { hint: AGAIN });
  }
  try {
    return parseBmap(bytes.toString());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KilnError('verification', `${path} cannot be used: ${why}`, { hint: AGAIN, cause });
  }
}
