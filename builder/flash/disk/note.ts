import { SECTOR_BYTES } from '../../image/artifacts/gpt.ts';

const START = 'KILN: flashing of ';
const END = ' was interrupted; run kiln flash again.\n';

/**
 * The first sector of a disk while an image is written to it: it says so to people (`head -c 512`) and to `kiln flash`.
 * Nothing can take it for a partition table or boot it: it lacks an MBR's signature.
 */
export function noteSector(title: string): Buffer {
  const sector = Buffer.alloc(SECTOR_BYTES);
  sector.write(`${START}${title.slice(0, 300)}${END}`);
  return sector;
}

/** What was being written to a disk that begins with a note; undefined for any other one. */
export function titleInNote(sector: Buffer): string | undefined {
  const text = sector.toString('utf8', 0, Math.max(0, sector.indexOf(0)));
  if (!text.startsWith(START) || !text.endsWith(END)) return undefined;
  return text.slice(START.length, -END.length);
}
