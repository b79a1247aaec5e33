import type { JsonObject } from './json.ts';
import type { VarDisk } from './site.ts';

/** The `var` key, of a site file as of the box's metadata. Pure. */
export function varKey({ disk, wipe }: VarDisk): JsonObject {
  return { disk, wipe };
}
