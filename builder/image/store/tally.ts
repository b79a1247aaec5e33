import type { Meter } from '../../report/progress.ts';
import type { Sha256 } from '../../report/sha256.ts';
import type { Wanted } from './store.ts';

/** Adds up the bytes of several downloads; a download that starts anew does not go backwards. */
export class Tally {
  readonly #meter: Meter;
  readonly #reached = new Map<Sha256, number>();
  readonly #totals = new Map<Sha256, number>();

  constructor(meter: Meter, files: readonly Wanted[]) {
    this.#meter = meter;
    for (const file of files) this.#totals.set(file.sha256, file.sizeBytes ?? 0);
    this.#expect();
  }

  /** That many bytes of a file are there now; `total` is its size as far as known. */
  reached(file: Wanted, bytes: number, total: number | undefined): void {
    if (total !== undefined && total !== this.#totals.get(file.sha256)) {
      this.#totals.set(file.sha256, total);
      this.#expect();
    }
    const before = this.#reached.get(file.sha256) ?? 0;
    if (bytes <= before) return;
    this.#reached.set(file.sha256, bytes);
    this.#meter.advance(bytes - before);
  }

  /** The whole file is there. */
  complete(file: Wanted): void {
    this.reached(file, this.#totals.get(file.sha256) ?? 0, undefined);
  }

  #expect(): void {
    this.#meter.expect([...this.#totals.values()].reduce((sum, size) => sum + size, 0));
  }
}
