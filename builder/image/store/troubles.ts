import { KilnError } from '../../report/errors.ts';
import type { Failure } from './failure.ts';
import { publicUrl } from './http.ts';

/**
 * What servers did wrong while everything was had in the end: a mirror that alters files should be known to its
 * users before it is the only one left. The first failure of each server is enough.
 */
export class Troubles {
  readonly #first = new Map<string, string>();

  note(url: string, failure: Failure): void {
    const { origin } = new URL(url);
    if (this.#first.has(origin)) return;
    // A refusal names its address itself.
    const isRefusal = failure.cause instanceof KilnError;
    this.#first.set(origin, isRefusal ? failure.message : `${publicUrl(url)}: ${failure.message}`);
  }

  /** To be called when nothing is missing any more. */
  tell(warn: (text: string) => void): void {
    for (const text of this.#first.values()) warn(`${text}; it was fetched at another try`);
  }
}
