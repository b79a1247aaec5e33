import { sha256 } from '../../report/sha256.ts';
import { BLOCK_BYTES, type MappedRange } from './disk.ts';

/** Stands for the file's own digest while that is computed (bmap format 2.0, `BmapFileChecksum`). */
const NO_CHECKSUM = '0'.repeat(64);

/**
 * The text of a bmap file, format 2.0: which blocks of the image `bmaptool copy` has to write, and their
 * digests. The map comes from what Kiln wrote, never from the file system's idea of holes.
 */
export function bmapText(imageBytes: number, ranges: readonly MappedRange[]): string {
  const mapped = ranges.reduce((sum, { start, end }) => sum + blocks(end - start), 0);
  const lines = [
    '<?xml version="1.0" ?>',
    '<bmap version="2.0">',
    `    <ImageSize> ${imageBytes} </ImageSize>`,
    `    <BlockSize> ${BLOCK_BYTES} </BlockSize>`,
    `    <BlocksCount> ${blocks(imageBytes)} </BlocksCount>`,
    `    <MappedBlocksCount> ${mapped} </MappedBlocksCount>`,
    '    <ChecksumType> sha256 </ChecksumType>',
    `    <BmapFileChecksum> ${NO_CHECKSUM} </BmapFileChecksum>`,
    '    <BlockMap>',
    ...ranges.map(rangeLine),
    '    </BlockMap>',
    '</bmap>',
    '',
  ];
  const text = lines.join('\n');
  return text.replace(NO_CHECKSUM, sha256(text));
}

function rangeLine(range: MappedRange): string {
  const first = range.start / BLOCK_BYTES;
  const last = blocks(range.end) - 1;
  const numbers = first === last ? `${first}` : `${first}-${last}`;
  return `        <Range chksum="${range.sha256}"> ${numbers} </Range>`;
}

function blocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES);
}
