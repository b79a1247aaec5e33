/**
 * What all of them made, as `Promise.all`, but nothing is still at work when it returns or throws: only then
 * may a directory that they write to go away. Of several errors the one of the first in the list is thrown.
 */
export async function together<T extends readonly unknown[]>(
  works: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T>;
export async function together(works: readonly Promise<unknown>[]): Promise<unknown> {
  await Promise.allSettled(works);
  return await Promise.all(works);
}

/**
 * Handles the items with so many at a time. After an error no further item is begun, and when those that
 * were under way have ended, the first error is thrown.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  parallel: number,
  handle: (item: T) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  // Shared: each worker takes the next item that nobody has taken.
  const queue = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); !next.done && errors.length === 0; next = queue.next()) {
      await handle(next.value).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  if (errors.length > 0) throw errors[0];
}
