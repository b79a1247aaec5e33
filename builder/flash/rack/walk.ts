import type { Candidate } from '../devices/candidate-table.ts';
import { sizeText } from '../devices/size-text.ts';

/** A disk that was looked at. */
export type Disk = Pick<Candidate, 'device' | 'refusals'>;

/**
 * Where the walk through a rack is; `at` counts nodes from 0.
 * - `insert`: a disk is waited for that was not there before; `known` are those that were, by `keyOf`.
 * - `write`: one is there, and is to be asked for and written.
 * - `remove`: what was written has to come out before the next card, or another one for the same node, goes in.
 */
export type Step =
  | {
      readonly kind: 'insert';
      readonly at: number;
      readonly known: readonly string[];
      /** What the last look has shown: only what stays so for two looks counts. */
      readonly sight: string;
      /** What was said last, so that it is not said again. */
      readonly told: string;
    }
  | {
      readonly kind: 'write';
      readonly at: number;
      readonly known: readonly string[];
      readonly disk: Disk;
      readonly told: string;
    }
  | {
      readonly kind: 'remove';
      readonly at: number;
      readonly known: readonly string[];
      readonly disk: Disk;
    }
  | { readonly kind: 'done' };

/**
 * What became of a disk that was to be written.
 * - `declined`: somebody said no.
 * - `busy`: it could not be opened, as when a desktop has just mounted it; `why` says so.
 * - `broken`: it is not good, and says so itself.
 */
export type Outcome =
  | { readonly kind: 'written' | 'declined' | 'broken' }
  | { readonly kind: 'busy'; readonly why: string };

/** A step, and what the user reads on the way to it. */
export interface Move {
  readonly step: Step;
  readonly say: readonly string[];
}

/** The walk's nodes, as they are told. */
export type Nodes = readonly { readonly name: string; readonly about: string }[];

/** The first step: the disks that are there now are nobody's cards. Pure. */
export function begin(nodes: Nodes, disks: readonly Disk[]): Move {
  const { step, say } = askFor(nodes, 0, keysOf(disks));
  const fit = disks.filter(({ refusals }) => refusals.length === 0).map(({ device }) => device);
  if (fit.length === 0) return { step, say };
  const list = fit.map((device) => `  ${nameDisk(device)}`).join('\n');
  const text = `Left alone, for they are there already (if one is meant, take it out and put it in again):`;
  return { step, say: [`${text}\n${list}`, ...say] };
}

/** The step after a look at the disks that are there. Pure. */
export function afterLook(nodes: Nodes, step: Step, disks: readonly Disk[]): Move {
  switch (step.kind) {
    case 'insert':
      return awaitCard(nodes, step, disks);
    case 'remove':
      return awaitRemoval(nodes, step, disks);
    case 'write':
    case 'done':
      return { step, say: [] };
  }
}

/** The step after a disk was written, or not. Pure. */
export function afterWrite(
  nodes: Nodes,
  step: Extract<Step, { kind: 'write' }>,
  outcome: Outcome,
): Move {
  const { at, known, disk } = step;
  const name = nodes[at]?.name ?? '';
  const where = disk.device.path;
  switch (outcome.kind) {
    case 'written':
      if (at + 1 === nodes.length) return { step: { kind: 'done' }, say: [] };
      return {
        step: { kind: 'remove', at: at + 1, known, disk },
        say: [`Take the card of ${name} out of ${where}.`],
      };
    case 'declined':
      return {
        step: { kind: 'insert', at, known: [...known, keyOf(disk)], sight: '', told: '' },
        say: [`${where} is left as it is. Take it out, and insert another card for ${name}.`],
      };
    case 'broken':
      return {
        step: { kind: 'remove', at, known, disk },
        say: [`Take it out of ${where}, and try another card for ${name}.`],
      };
    case 'busy':
      return {
        step: { kind: 'insert', at, known, sight: '', told: outcome.why },
        say: outcome.why === step.told ? [] : [outcome.why],
      };
  }
}

function askFor(nodes: Nodes, at: number, known: readonly string[]): Move {
  const { name, about } = nodes[at] ?? { name: '', about: '' };
  return {
    step: { kind: 'insert', at, known, sight: '', told: '' },
    say: ['', `[${at + 1}/${nodes.length}] ${name}: ${about}`, `Insert the card for ${name}.`],
  };
}

/** A disk that goes is not known any more: when it comes again, somebody has put it in. */
function awaitCard(
  nodes: Nodes,
  step: Extract<Step, { kind: 'insert' }>,
  disks: readonly Disk[],
): Move {
  const { at } = step;
  const known = stillThere(step.known, disks);
  const fresh = disks.filter((disk) => !known.includes(keyOf(disk)));
  const sight = JSON.stringify(fresh.map((disk) => [keyOf(disk), mediumOf(disk), disk.refusals]));
  const [disk, ...more] = fresh;
  if (disk === undefined) return { step: { ...step, known, sight, told: '' }, say: [] };
  // Partitions are found, and mounted by a desktop, only a moment after the disk.
  if (sight !== step.sight) return { step: { ...step, known, sight }, say: [] };
  const obstacle = more.length > 0 ? severalText(nodes, at, fresh) : refusalText(disk);
  if (obstacle === undefined)
    return { step: { kind: 'write', at, known, disk, told: step.told }, say: [] };
  const say = obstacle === step.told ? [] : [obstacle];
  return { step: { ...step, known, sight, told: obstacle }, say };
}

function awaitRemoval(
  nodes: Nodes,
  step: Extract<Step, { kind: 'remove' }>,
  disks: readonly Disk[],
): Move {
  const known = stillThere(step.known, disks);
  const { disk } = step;
  const isThere = disks.some(
    (other) => keyOf(other) === keyOf(disk) && mediumOf(other) === mediumOf(disk),
  );
  return isThere ? { step: { ...step, known }, say: [] } : askFor(nodes, step.at, known);
}

function severalText(nodes: Nodes, at: number, fresh: readonly Disk[]): string {
  const list = fresh.map(({ device }) => `  ${nameDisk(device)}`).join('\n');
  return `There are several new disks. Leave only the card for ${nodes[at]?.name} in:\n${list}`;
}

function refusalText({ device, refusals }: Disk): string | undefined {
  if (refusals.length === 0) return undefined;
  const lines = refusals.map(({ what, hint }) => `  it ${what}\n    ${hint}`);
  return `${nameDisk(device)}, is not written:\n${lines.join('\n')}`;
}

function nameDisk({ model, sizeBytes, path }: Disk['device']): string {
  return [model, sizeText(sizeBytes), path].filter((word) => word !== undefined).join(', ');
}

function stillThere(known: readonly string[], disks: readonly Disk[]): readonly string[] {
  const present = keysOf(disks);
  return known.filter((key) => present.includes(key));
}

function keysOf(disks: readonly Disk[]): readonly string[] {
  return disks.map(keyOf);
}

/**
 * What a disk is known by. Not by the number of its medium: some readers count a medium again that nobody has
 * changed, and a disk that was there before must not pass for a card.
 */
function keyOf({ device: { path, model, serial, sizeBytes } }: Disk): string {
  return JSON.stringify([path, model, serial, sizeBytes]);
}

/** A reader keeps its name and number when its card is changed faster than anybody looks. */
function mediumOf({ device }: Disk): string {
  return device.sequence ?? '';
}
