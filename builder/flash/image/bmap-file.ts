import type { MappedRange } from '../../image/artifacts/disk.ts';

/** What a bmap file says of an image. */
export interface BlockMap {
  readonly imageBytes: number;
  /** Sorted, apart from each other. */
  readonly ranges: readonly MappedRange[];
}

const RANGE = /<Range chksum="([0-9a-f]{64})">\s*(\d+)(?:-(\d+))?\s*<\/Range>/g;

/**
 * Reads a bmap file of format 2.0 with SHA-256 digests.
 * @throws Error that says what is wrong with it
 */
export function parseBmap(text: string): BlockMap {
  const field = (name: string): string =>
    new RegExp(`<${name}>\\s*([^<\\s]+)\\s*</${name}>`).exec(text)?.[1] ?? '';
  if (!/<bmap version="2\.\d+">/.test(text)) throw new Error('it is no block map of format 2');
  if (field('ChecksumType') !== 'sha256') throw new Error('its digests are not SHA-256');
  const imageBytes = positive(field('ImageSize'), 'image size');
  const blockBytes = positive(field('BlockSize'), 'block size');
  const ranges = [...text.matchAll(RANGE)].map(([, sha256 = '', first, last]): MappedRange => {
    const start = Number(first) * blockBytes;
    const end = Math.min((Number(last ?? first) + 1) * blockBytes, imageBytes);
    return { start, end, sha256 };
  });
  const blocks = ranges.reduce(
    (sum, { start, end }) => sum + Math.ceil((end - start) / blockBytes),
    0,
  );
  if (blocks !== Number(field('MappedBlocksCount'))) throw new Error('it lacks some of its blocks');
  for (const [i, { start, end }] of ranges.entries()) {
    const before = ranges[i - 1]?.end ?? 0;
    if (start < before || end <= start) throw new Error(`its range ${i + 1} is out of order`);
  }
  return { imageBytes, ranges };
}

function positive(text: string, what: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`it has no ${what}`);
}
