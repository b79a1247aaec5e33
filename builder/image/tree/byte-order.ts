/** A surrogate: only in strings with these does UTF-16 order differ from the order of UTF-8 bytes. */
const SURROGATE = /[\ud800-\udfff]/;

/** Orders strings as `memcmp` orders their UTF-8 bytes: the same on every host and in every locale. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
