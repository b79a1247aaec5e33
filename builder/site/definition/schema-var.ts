import { object, optional } from '../../yaml/collections.ts';
import { type DecodedBy, described } from '../../yaml/decoder.ts';
import { flag } from '../../yaml/scalars.ts';
import { DISK } from './schema-disk.ts';

/** Where /var of a box is that starts over the network (kiln/var_key.py). */
export const VAR = object({
  disk: optional(DISK),
  wipe: optional(described('Whether a disk with data on it may be taken.', flag())),
});

export type WrittenVar = DecodedBy<typeof VAR>;
