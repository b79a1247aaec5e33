/** What part of a resource was asked for; offsets in bytes, both included. */
export type Range =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' };

const WHOLE: Range = { kind: 'whole' };

/**
 * Reads a Range header (RFC 9110, section 14.1.2). Several ranges at a time, other units and what cannot be
 * understood get the whole resource, as the RFC allows.
 */
export function parseRange(header: string | undefined, sizeBytes: number): Range {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return WHOLE;
  if (from === '') return lastBytes(Number(to), sizeBytes);
  const first = Number(from);
  if (to !== '' && Number(to) < first) return WHOLE;
  if (first >= sizeBytes) return { kind: 'unsatisfiable' };
  const last = to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  return { kind: 'part', first, last };
}

function lastBytes(count: number, sizeBytes: number): Range {
  if (count === 0 || sizeBytes === 0) return { kind: 'unsatisfiable' };
  return { kind: 'part', first: Math.max(0, sizeBytes - count), last: sizeBytes - 1 };
}
