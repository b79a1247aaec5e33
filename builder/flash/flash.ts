import type { MappedRange } from '../image/artifacts/disk.ts';
import { BLOCK_BYTES } from '../image/artifacts/disk.ts';
import { KilnError } from '../report/errors.ts';
import type { Progress } from '../report/progress.ts';
import { alignedBuffers } from './disk/aligned-memory.ts';
import { compareRanges } from './disk/compare-ranges.ts';
import { copyRanges } from './disk/copy-ranges.ts';
import { CHUNK_BYTES, type Disk } from './disk/disk.ts';
import { type DiskLayout, type FilledPartition, headRange, layOut } from './disk/layout.ts';
import { noteSector } from './disk/note.ts';
import { rangeOfPlaced, writePlaced } from './disk/placed.ts';
import type { ReleaseImage } from './image/release-image.ts';
import { type ImageSource, SourceError } from './image/source.ts';
import { type Clock, paceOf } from './pace.ts';

export interface FlashInput {
  readonly image: ReleaseImage;
  readonly disk: Disk;
  /** A partition that the image does not have, for the box's seed. */
  readonly added: FilledPartition | undefined;
  /** Whether everything is read back. */
  readonly verify: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Called when from now on the disk has no image until all is done. */
  begun(): void;
}

/** What was done. */
export interface Flashed {
  readonly writtenBytes: number;
  readonly seconds: number;
}

/** While one chunk is written the next is read and the one after it waits: no more makes it faster. */
const BUFFERS = 3;

/**
 * Writes an image to a disk. From the first write to the last the disk begins with a note that says what it is: only
 * when everything else is there, and read back, come the blocks that make it a disk with an image.
 * @throws KilnError `verification` when the image is damaged, or the disk keeps other bytes than it was given
 */
export async function flashImage(input: FlashInput): Promise<Flashed> {
  const { image, disk } = input;
  const buffers = alignedBuffers(BUFFERS, CHUNK_BYTES);
  const work = { buffers, signal: input.signal };
  const startedAt = input.clock();
  try {
    await using source = await image.open();
    const layout = await planLayout(source, input);
    await writeNote(disk, image.title, layout, work, input.begun);
    await writeBody(source, layout, work, input);
    if (input.verify) await readBack(bodyOf(layout), work, input);
    await writeEnds(disk, layout, image.title, work);
    if (input.verify) await readEndsBack(layout, work, input);
    const writtenBytes = sizeOf([...bodyOf(layout), ...endsOf(layout)]);
    return { writtenBytes, seconds: (input.clock() - startedAt) / 1000 };
  } catch (error) {
    throw error instanceof SourceError ? damaged(image, error) : error;
  }
}

type Hands = { readonly buffers: readonly Buffer[]; readonly signal: AbortSignal };

async function planLayout(
  source: ImageSource,
  { image, disk, added }: FlashInput,
): Promise<DiskLayout> {
  const { start, end } = headRange(image.ranges);
  const head = Buffer.alloc(end - start);
  await source.read(head, start);
  return layOut(image.ranges, head, disk.sizeBytes, added);
}

/** First the note alone: whatever happens then, the disk does not pass for what it was before. */
async function writeNote(
  disk: Disk,
  title: string,
  { cleared }: DiskLayout,
  work: Hands,
  begun: () => void,
): Promise<void> {
  work.signal.throwIfAborted();
  begun();
  await writePlaced(disk, noteBlock(title), work);
  await disk.sync();
  for (const zeros of cleared) await writePlaced(disk, zeros, work);
  await disk.sync();
}

function noteBlock(title: string) {
  const bytes = Buffer.alloc(BLOCK_BYTES);
  noteSector(title).copy(bytes);
  return { offset: 0, bytes };
}

async function writeBody(
  source: ImageSource,
  layout: DiskLayout,
  work: Hands,
  { image, disk, progress, clock }: FlashInput,
): Promise<void> {
  await progress.step(`Writing ${image.title} to ${disk.name}`, async (meter) => {
    const advance = paceOf(meter, sizeOf(bodyOf(layout)), clock);
    await copyRanges(source, disk, layout.body, { ...work, advance });
    if (layout.added !== undefined) await writePlaced(disk, layout.added, { ...work, advance });
    meter.note('waiting until the disk has it');
    await disk.sync();
  });
}

async function readBack(
  ranges: readonly MappedRange[],
  work: Hands,
  { disk, progress, clock }: FlashInput,
): Promise<void> {
  await progress.step(`Reading ${disk.name} back`, async (meter) => {
    const advance = paceOf(meter, sizeOf(ranges), clock);
    throwIfWrong(disk, await compareRanges(disk, ranges, { ...work, advance }));
  });
}

/**
 * The first sector comes last, and alone: a block may be cut off by a loss of power, a sector is there or not. Until
 * then the note is, and nothing takes the disk for a partitioned one.
 */
async function writeEnds(
  disk: Disk,
  { head, tail }: DiskLayout,
  title: string,
  work: Hands,
): Promise<void> {
  await writePlaced(disk, tail, work);
  const noted = Buffer.from(head);
  noteSector(title).copy(noted);
  await writePlaced(disk, { offset: 0, bytes: noted }, work);
  await disk.sync();
  await writePlaced(disk, { offset: 0, bytes: head.subarray(0, BLOCK_BYTES) }, work);
  await disk.sync();
}

/** A disk that does not keep its ends gets its note again: it must not pass for a good one. */
async function readEndsBack(layout: DiskLayout, work: Hands, input: FlashInput): Promise<void> {
  const { disk, image } = input;
  const wrong = await compareRanges(disk, endsOf(layout), { ...work, advance: () => undefined });
  if (wrong.length === 0) return;
  await writePlaced(disk, noteBlock(image.title), work);
  await disk.sync();
  throwIfWrong(disk, wrong);
}

function throwIfWrong(disk: Disk, wrong: readonly MappedRange[]): void {
  if (wrong.length === 0) return;
  const where = wrong.map(({ start, end }) => `\n  bytes ${start} to ${end}`).join('');
  throw new KilnError('verification', `${disk.name} has not kept what was written:${where}`, {
    hint: 'it is broken, or smaller than it says: take another one',
  });
}

function bodyOf({ body, added }: DiskLayout): readonly MappedRange[] {
  return added === undefined ? body : [...body, rangeOfPlaced(added)];
}

function endsOf({ head, tail }: DiskLayout): readonly MappedRange[] {
  return [rangeOfPlaced({ offset: 0, bytes: head }), rangeOfPlaced(tail)];
}

function sizeOf(ranges: readonly MappedRange[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}

function damaged({ path }: ReleaseImage, cause: SourceError): KilnError {
  return new KilnError('verification', `${path} is damaged: ${cause.message}`, {
    hint: 'copy the release again, or build it again: the same lock gives the same files',
    cause,
  });
}
