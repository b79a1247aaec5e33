/** A version taken apart as Debian Policy 5.6.12 says: `[epoch:]upstream[-revision]`. */
interface Parts {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

/**
 * Compares two versions in dpkg's order (Debian Policy, 5.6.12): negative when `left` is older, zero
 * when they are the same, positive when `left` is newer. `1.0~rc1` is older than `1.0`.
 */
export function compareVersions(left: string, right: string): number {
  if (left === right) return 0;
  const a = takeApart(left);
  const b = takeApart(right);
  return (
    a.epoch - b.epoch ||
    comparePart(a.upstream, b.upstream) ||
    // A missing revision equals `0`, which comparePart gives for the empty string.
    comparePart(a.revision, b.revision)
  );
}

/** Whether the text has the form of a version: for reading files whose authors may err. */
export function isVersion(text: string): boolean {
  return /^(?:\d+:)?\d[A-Za-z0-9.+~:-]*$/.test(text);
}

function takeApart(version: string): Parts {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number.parseInt(version.slice(0, colon), 10),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** Compares by turns a run of non-digits in Debian's letter order and a run of digits as a number. */
function comparePart(left: string, right: string): number {
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    while ((i < left.length && !isDigit(left, i)) || (j < right.length && !isDigit(right, j))) {
      const difference = rank(left, i) - rank(right, j);
      if (difference !== 0) return difference;
      i += 1;
      j += 1;
    }
    const a = digitsAt(left, i);
    const b = digitsAt(right, j);
    const difference = compareDigits(a, b);
    if (difference !== 0) return difference;
    i += a.length;
    j += b.length;
  }
  return 0;
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 48 && code <= 57;
}

/** `~` before the end of the part, the end (or a digit) before letters, letters before the rest. */
function rank(text: string, index: number): number {
  if (index >= text.length || isDigit(text, index)) return 0;
  const code = text.charCodeAt(index);
  if (code === 126) return -1;
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isLetter ? code : code + 256;
}

function digitsAt(text: string, start: number): string {
  let end = start;
  while (end < text.length && isDigit(text, end)) end += 1;
  return text.slice(start, end);
}

/** Compares digit runs of any length: some versions carry dates and hashes beyond 2^53. */
function compareDigits(left: string, right: string): number {
  const a = left.replace(/^0+/, '');
  const b = right.replace(/^0+/, '');
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
