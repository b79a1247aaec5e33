import type { JsonObject } from './json.ts';
import type { Install } from './site.ts';

/** The `install` key, of a site file as of the box's metadata. Pure. */
export function installKey({ disk, wipe, var: variable, afterwards }: Install): JsonObject {
  // As entries: an object with a property `then` written out looks like a promise.
  return Object.fromEntries([
    ['disk', disk],
    ['wipe', wipe],
    ['var', variable],
    ['then', afterwards],
  ]);
}
