/**
 * The candidate that was most likely meant by `word`, or undefined when none is near. Near means: the same but for
 * upper and lower case, or at most one edit for each three letters. Of equally near ones the first in byte order.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of candidates) {
    if (name === word || Math.abs(name.length - word.length) > limit) continue;
    const distance = name.toLowerCase() === word.toLowerCase() ? 0 : editDistance(word, name);
    if (distance > limit || (word.length <= 2 && distance > 0)) continue;
    const isBetter = !best || distance < best.distance;
    if (isBetter || (distance === best?.distance && name < best.name)) best = { name, distance };
  }
  return best?.name;
}

/** `; did you mean "x"?`, or nothing: the tail of an error's sentence. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const name = suggest(word, candidates);
  return name === undefined ? '' : `; did you mean "${name}"?`;
}

/**
 * Damerau-Levenshtein distance in its "optimal string alignment" form: how many letters must be inserted,
 * deleted, replaced or swapped with their neighbour.
 */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const differs = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + differs,
      );
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (row > 1 && column > 1 && isSwap)
        cost = Math.min(cost, at(beforePrevious, column - 2) + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0;
}
