import { big32, exactly, little32, uint8, zeros } from './fields.ts';

/** Bytes of a table that has the root alone. */
export const PATH_TABLE_BYTES = 10;

/** ECMA-119 9.4 and 6.9: the path table of a volume with no directory but the root, in one byte order. */
export function pathTable(rootSector: number, order: 'little' | 'big'): Buffer {
  const parent = order === 'little' ? [1, 0] : [0, 1];
  return exactly(PATH_TABLE_BYTES, [
    uint8(1), // length of the name
    uint8(0),
    order === 'little' ? little32(rootSector) : big32(rootSector),
    Uint8Array.from(parent),
    zeros(2), // the root's name, and what makes it even
  ]);
}
