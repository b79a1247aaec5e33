import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askYes, type Terminal } from '../../flash/consent.ts';
import type { SystemRoot } from '../../flash/devices/sysfs.ts';
import { alignedMemory } from '../../flash/disk/aligned-memory.ts';
import { hasPartition } from '../../flash/disk/fit-table.ts';
import type { FilledPartition } from '../../flash/disk/layout.ts';
import type { OpenDisk } from '../../flash/disk/open-disk.ts';
import type { ReleaseImage } from '../../flash/image/release-image.ts';
import { SourceError } from '../../flash/image/source.ts';
import { labelOf, labelText } from '../../flash/rack/label.ts';
import { withLabel } from '../../flash/rack/label-sheet.ts';
import { readSheet, writeSheet } from '../../flash/rack/sheet-file.ts';
import type { Disk, Outcome } from '../../flash/rack/walk.ts';
import { nameTarget, type Target } from '../../flash/target.ts';
import { hasCode } from '../../report/error-code.ts';
import { describeError, KilnError } from '../../report/errors.ts';
import type { Site, SiteNode } from '../../site/definition/site.ts';
import type { Session } from '../options.ts';
import type { FlashOptions } from './errand.ts';
import { writeDisk } from './write-disk.ts';

/** What `kiln flash --rack` was called with. */
export interface RackJob {
  readonly release: string;
  readonly image: ReleaseImage;
  /** The site file. */
  readonly file: string;
  readonly site: Site;
  readonly seedOf: (node: SiteNode) => FilledPartition;
  readonly options: FlashOptions;
}

/** Where cards, words and answers come from and go to. */
export interface RackPlace {
  /** The machine's `/`. */
  readonly root: SystemRoot;
  readonly terminal: Terminal;
  /** Waits between two looks at the disks. */
  pause(signal: AbortSignal): Promise<void>;
  /** Writes a result to stdout. */
  print(text: string): void;
}

/** A node whose card is to be written. */
export interface Place {
  readonly node: SiteNode;
  readonly seed: Pick<FilledPartition, 'uuid'> & { readonly sizeBytes: number };
}

/** What a user typed before a question was asked is no answer to it. */
const FORGET_MS = 30;
/** A partition table with its headers, in whole blocks. */
const TABLE_BYTES = 20_480;

/** What writing a card works with. */
export interface Work {
  readonly job: RackJob;
  readonly session: Session;
  readonly place: RackPlace;
  readonly places: readonly Place[];
  readonly say: (text: string) => void;
}

/**
 * Writes the card of a node: asks, writes, reads back, and makes its label. What is the card's own fault, or will be
 * otherwise in a moment, is an outcome; all else is thrown.
 */
export async function writeCard(at: number, { device }: Disk, work: Work): Promise<Outcome> {
  const { job, session, place, places, say } = work;
  const node = places[at]?.node;
  if (node === undefined) throw new Error(`the rack has no node ${at}`);
  const seed = job.seedOf(node);
  const path = join(place.root, device.path);
  const target: Target = { kind: 'device', path, device };
  let hasBegun = false;
  try {
    const done = await writeDisk(
      {
        ...{ image: job.image, target, seed, verify: job.options.verify },
        consent: async (disk) => mayWrite(node, target, await seedOn(disk, places), work),
        begun: () => {
          hasBegun = true;
        },
      },
      session,
    );
    if (done === undefined) return { kind: 'declined' };
    say(done);
    await giveLabel(node, { device, seed: seed.uuid }, work);
    return { kind: 'written' };
  } catch (error) {
    session.signal.throwIfAborted();
    if (hasBegun && isOfCard(error)) {
      say(describeError(error).trimEnd());
      return { kind: 'broken' };
    }
    if (!hasBegun && isOfMoment(error))
      return { kind: 'busy', why: describeError(error).trimEnd() };
    throw error;
  }
}

/** Which node's seed a disk has: a card that was written before, and comes again by mistake. */
async function seedOn(disk: OpenDisk, places: readonly Place[]): Promise<string | undefined> {
  const head = alignedMemory(TABLE_BYTES);
  await disk.read(head, 0);
  return places.find(({ seed }) => hasPartition(head, seed.uuid))?.node.name;
}

async function mayWrite(
  node: SiteNode,
  target: Target,
  other: string | undefined,
  { job: { image, options }, session, place: { terminal }, say }: Work,
): Promise<boolean> {
  const isOthers = other !== undefined && other !== node.name;
  if (options.yes === true) {
    if (isOthers) say(`${nameTarget(target)}, is the card of ${other}.`);
    return !isOthers;
  }
  const loss = isOthers
    ? `It is the card of ${other}, and all on it is lost.`
    : 'All on it is lost.';
  const question = `Write ${image.title} with the seed of ${node.name} to ${nameTarget(target)}? ${loss}`;
  await forget(terminal);
  const answer = await askYes(question, terminal, session.signal);
  if (answer !== 'gone') return answer === 'yes';
  throw new KilnError('usage', 'nobody answers any more', {
    hint: 'nothing was written to that card',
  });
}

async function forget({ input }: Terminal): Promise<void> {
  input.resume();
  await sleep(FORGET_MS);
  input.pause();
}

async function giveLabel(
  node: SiteNode,
  card: Parameters<typeof labelOf>[2],
  { job: { site, options }, place }: Work,
): Promise<void> {
  const label = labelOf(site, node, card);
  place.print(`${labelText(label)}\n`);
  const { labels } = options;
  if (labels === undefined) return;
  await writeSheet(labels, withLabel(await readSheet(labels), labels, label));
}

/** Whether the card is to blame, and the next one may be better. */
function isOfCard(error: unknown): boolean {
  if (!(error instanceof KilnError) || error.cause instanceof SourceError) return false;
  return error.code === 'host' || error.code === 'verification';
}

/** Whether it may be otherwise in a moment: a desktop that looks at the card, a card that was taken out again. */
function isOfMoment(error: unknown): boolean {
  const cause = error instanceof KilnError ? error.cause : error;
  return hasCode(cause, 'EBUSY', 'ENOMEDIUM', 'ENXIO', 'ENOENT', 'EROFS');
}
