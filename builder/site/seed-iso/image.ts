import { type Extent, jolietRoot, type PlacedFile, rockRidgeRoot } from './directory.ts';
import { SECTOR_BYTES, sectorsOf } from './fields.ts';
import { pathTable } from './path-table.ts';
import { continuation } from './rock-ridge.ts';
import { jolietDescriptor, primaryDescriptor, terminator } from './volume-descriptor.ts';

/** A file of the root. The name is ASCII. */
export interface IsoFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Sectors of everything that is not a file. The first 16 are nobody's (ECMA-119 6.2.1). */
const AT = {
  primaryDescriptor: 16,
  jolietDescriptor: 17,
  terminator: 18,
  pathTables: { little: 19, big: 20 },
  jolietPathTables: { little: 21, big: 22 },
  root: 23,
  continuation: 24,
  jolietRoot: 25,
  files: 26,
} as const;

/**
 * Zeros behind the last file, a part of the volume. A drive reports a disc that was written track-at-once as two
 * sectors longer than it can be read, and a kernel that reads ahead would run into them.
 */
const PADDING_BYTES = 150 * SECTOR_BYTES;

/**
 * An ISO 9660 volume (ECMA-119) with a few files in its root. Their names are exact by Rock Ridge and by Joliet,
 * so that every system sees them. Always the same bytes for the same label and files, in whatever order. Pure.
 */
export function isoImage(label: string, files: readonly IsoFile[]): Uint8Array {
  const sorted = files.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const { placed, end } = place(sorted);
  const sectors = end + sectorsOf(PADDING_BYTES);
  const image = new Uint8Array(sectors * SECTOR_BYTES);
  const put = (sector: number, bytes: Uint8Array): void => image.set(bytes, sector * SECTOR_BYTES);

  const root = oneSector(AT.root);
  put(AT.primaryDescriptor, primaryDescriptor({ label, sectors, root, pathTables: AT.pathTables }));
  put(AT.pathTables.little, pathTable(AT.root, 'little'));
  put(AT.pathTables.big, pathTable(AT.root, 'big'));
  put(AT.root, rockRidgeRoot(root, placed, AT.continuation));
  put(AT.continuation, continuation());

  const joliet = {
    label,
    sectors,
    root: oneSector(AT.jolietRoot),
    pathTables: AT.jolietPathTables,
  };
  put(AT.jolietDescriptor, jolietDescriptor(joliet));
  put(AT.jolietPathTables.little, pathTable(AT.jolietRoot, 'little'));
  put(AT.jolietPathTables.big, pathTable(AT.jolietRoot, 'big'));
  put(AT.jolietRoot, jolietRoot(joliet.root, placed));

  put(AT.terminator, terminator());
  sorted.forEach(({ bytes }, i) => {
    put(placed[i]?.sector ?? 0, bytes);
  });
  return image;
}

/** The files one after the other, each at the start of a sector (ECMA-119 6.4.1), and the first sector behind them. */
function place(files: readonly IsoFile[]): {
  readonly placed: readonly PlacedFile[];
  readonly end: number;
} {
  let end: number = AT.files;
  const placed = files.map(({ name, bytes }) => {
    const sector = end;
    end += sectorsOf(bytes.length);
    return { name, sector, bytes: bytes.length };
  });
  return { placed, end };
}

function oneSector(sector: number): Extent {
  return { sector, bytes: SECTOR_BYTES };
}
