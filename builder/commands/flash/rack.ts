import { setTimeout as sleep } from 'node:timers/promises';
import { readDevices } from '../../flash/devices/read-devices.ts';
import { refusalsOf } from '../../flash/devices/refusals.ts';
import type { SystemRoot } from '../../flash/devices/sysfs.ts';
import { labelsIn } from '../../flash/rack/label-sheet.ts';
import { readSheet } from '../../flash/rack/sheet-file.ts';
import type { Disk } from '../../flash/rack/walk.ts';
import { walkRack } from '../../flash/rack/walk-rack.ts';
import { rackNodes } from '../../flash/site-nodes.ts';
import { KilnError } from '../../report/errors.ts';
import type { SiteNode } from '../../site/definition/site.ts';
import { quote } from '../../tools/quote.ts';
import type { Session } from '../options.ts';
import type { FlashOptions } from './errand.ts';
import { type Place, type RackJob, type RackPlace, writeCard } from './rack-card.ts';

/** Fast enough for a person, and a reader needs longer to notice a card. */
const LOOK_EVERY_MS = 500;

export const THIS_MACHINE: RackPlace = {
  root: '/',
  terminal: { input: process.stdin, output: process.stderr },
  pause: (signal) => sleep(LOOK_EVERY_MS, undefined, { signal }),
  print: (text) => {
    process.stdout.write(text);
  },
};

/** Writes a card for each of a site's nodes, one after the other, as the user puts them in. */
export async function flashRack(job: RackJob, session: Session, place: RackPlace): Promise<void> {
  const { image, site, options } = job;
  const say = (text: string) => void place.terminal.output.write(`${text}\n`);
  const { nodes, leftOut } = rackNodes(site, image, options);
  const places = nodes.map((node): Place => {
    // All are made once before the first card: a node whose seed is too large is known then.
    const { uuid, bytes } = job.seedOf(node);
    return { node, seed: { uuid, sizeBytes: bytes.length } };
  });
  await checkBefore(job, place);
  const [other] = leftOut;
  if (other !== undefined) {
    const names = leftOut.map(({ name }) => name).join(', ');
    say(`Left out, for they need a release for ${other.arch}: ${names}`);
  }
  let written = 0;
  const told = nodes.map(({ name, role, address }) => ({
    name,
    about: `${role}, ${address ?? 'DHCP'}`,
  }));
  try {
    await walkRack(told, {
      look: (at) =>
        judge(place.root, image.neededBytes + (places[at]?.seed.sizeBytes ?? 0), options),
      pause: async () => {
        await place.pause(session.signal).catch((error: unknown) => {
          session.signal.throwIfAborted();
          throw error;
        });
      },
      say,
      write: async (at, disk) => {
        const outcome = await writeCard(at, disk, { job, session, place, places, say });
        if (outcome.kind === 'written') written = at + 1;
        return outcome;
      },
    });
  } catch (error) {
    const next = nodes[written];
    if (next !== undefined) {
      say(
        `\n${written} of ${nodes.length} cards are written. Go on with:\n  ${commandFrom(next, job)}`,
      );
    }
    throw error;
  }
  const labels = options.labels === undefined ? '' : `; print the labels in ${options.labels}`;
  const cards =
    nodes.length === 1 ? 'The card of 1 node is' : `The cards of ${nodes.length} nodes are`;
  say(`${cards} written${labels}.`);
}

async function checkBefore({ options }: RackJob, { terminal }: RackPlace): Promise<void> {
  if (options.yes !== true && terminal.input.isTTY !== true) {
    throw new KilnError('usage', 'there is no terminal to ask on before each card', {
      hint: 'with --yes each new card is written at once',
    });
  }
  if (options.labels !== undefined) labelsIn(await readSheet(options.labels), options.labels);
}

function judge(root: SystemRoot, neededBytes: number, { internal }: FlashOptions): readonly Disk[] {
  const wanted = { neededBytes, allowInternal: internal === true };
  return readDevices(root).map((device) => ({ device, refusals: refusalsOf(device, wanted) }));
}

/** The command that goes on with a node. */
function commandFrom({ name }: SiteNode, { release, file, options }: RackJob): string {
  const { secrets, only, labels, internal, yes, verify } = options;
  const values = { secrets, only, from: name, labels };
  return [
    ...['kiln', 'flash', release, '--rack', '--site', file],
    ...Object.entries(values).flatMap(([key, value]) => (value ? [`--${key}`, value] : [])),
    ...(internal ? ['--internal'] : []),
    ...(yes ? ['--yes'] : []),
    ...(verify ? [] : ['--no-verify']),
  ]
    .map(quote)
    .join(' ');
}
