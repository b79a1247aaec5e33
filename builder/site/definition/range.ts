import type { Decoder } from '../../yaml/decoder.ts';
import { text } from '../../yaml/scalars.ts';

/** More nodes than Kubernetes promises to carry, times three: a slip of the finger is not a million nodes. */
export const MAX_NODES = 16_384;

/** Texts that one text with ranges stands for: `w[1-3]` is w1, w2, w3; of several ranges the last runs fastest. */
export interface Range {
  readonly parts: readonly RangePart[];
  readonly count: number;
}

type RangePart = string | readonly string[];

/** How the numbers of a range are written. */
export type Base = 10 | 16;

/**
 * Reads ranges like `[1-40]`, `[01-40]` (all with two digits) and `[1-9,12]`. Undefined when it is malformed, empty,
 * or longer than any group may be.
 */
export function parseRange(source: string, base: Base): Range | undefined {
  const pieces = source.split(/(\[[^[\]]*\])/);
  if (pieces.some((piece, index) => index % 2 === 0 && /[[\]]/.test(piece))) return undefined;
  const parts: RangePart[] = [];
  let count = 1;
  for (const [index, piece] of pieces.entries()) {
    const numbers = index % 2 === 0 ? piece : numbersOf(piece.slice(1, -1), base);
    if (numbers === undefined) return undefined;
    if (typeof numbers !== 'string') count *= numbers.length;
    if (count > MAX_NODES) return undefined;
    parts.push(numbers);
  }
  return { parts, count };
}

/** The text at a place in a range, counted from 0. */
export function textOf({ parts }: Range, place: number): string {
  let rest = place;
  return parts.reduceRight<string>((tail, part) => {
    if (typeof part === 'string') return part + tail;
    const number = part[rest % part.length] ?? '';
    rest = Math.floor(rest / part.length);
    return number + tail;
  }, '');
}

function numbersOf(list: string, base: Base): readonly string[] | undefined {
  const digits = base === 10 ? '\\d{1,9}' : '[0-9A-Fa-f]{1,4}';
  const numbers: string[] = [];
  for (const item of list.split(',')) {
    const match = new RegExp(`^(${digits})(?:-(${digits}))?$`).exec(item);
    if (!match) return undefined;
    const [, first = '', last = first] = match;
    const [from, to] = [Number.parseInt(first, base), Number.parseInt(last, base)];
    if (to < from || to - from >= MAX_NODES || numbers.length >= MAX_NODES) return undefined;
    // A leading zero asks for as many digits in all of them.
    const width = /^0./.test(first) ? first.length : 0;
    for (let number = from; number <= to; number++) {
      numbers.push(number.toString(base).padStart(width, '0'));
    }
  }
  return numbers;
}

/** A text with ranges of decimal or, in MAC addresses and IPv6, hexadecimal numbers. */
export const RANGE: Decoder<string> = text({
  accepts: (value) =>
    /^[A-Za-z0-9[\],.:/_+-]+$/.test(value) &&
    (parseRange(value, 10) ?? parseRange(value, 16)) !== undefined,
  expected: `a text with ranges, as "10.0.0.[21-60]/24" (${MAX_NODES} in all at most)`,
});

/** The names of a group. */
export const NAME_RANGE: Decoder<string> = text({
  accepts: (value) => /^[A-Za-z0-9[\],.-]+$/.test(value) && (parseRange(value, 10)?.count ?? 0) > 0,
  expected: `a range of names, as "w[1-40]" or "w[01-40]" (${MAX_NODES} at most)`,
});
