/** A range of bytes, `end` not included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The whole blocks that the ranges touch, sorted and merged; never beyond `limit`. */
export function coveringBlocks(
  ranges: readonly ByteRange[],
  blockBytes: number,
  limit: number,
): readonly ByteRange[] {
  const merged: ByteRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    if (range.start >= range.end) continue;
    const start = Math.floor(range.start / blockBytes) * blockBytes;
    const end = Math.min(limit, Math.ceil(range.end / blockBytes) * blockBytes);
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    } else {
      merged.push({ start, end });
    }
  }
  return merged;
}
