/** Numbers that look random and are the same for the same seed (xorshift32, G. Marsaglia 2003). */
export class Seeded {
  #state: number;

  constructor(seed: number) {
    // Near seeds would begin alike, and zero would stay zero.
    this.#state = Math.imul(seed + 1, 0x9e37_79b1) || 1;
    for (let round = 0; round < 8; round++) this.below(2);
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
