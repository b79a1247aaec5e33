import {
  afterLook,
  afterWrite,
  begin,
  type Disk,
  type Move,
  type Nodes,
  type Outcome,
} from './walk.ts';

/** What a walk through a rack does outside of its own thinking. */
export interface Doors {
  /** The disks of this machine, judged as places for the card of a node. */
  look(at: number): readonly Disk[];
  /** Waits until it is time for another look; throws when the user interrupts. */
  pause(): Promise<void>;
  say(text: string): void;
  /** Asks, and writes the card of a node. What ends the whole walk is thrown. */
  write(at: number, disk: Disk): Promise<Outcome>;
}

/** Goes through nodes, one card after the other, until each has its own. */
export async function walkRack(nodes: Nodes, doors: Doors): Promise<void> {
  const told = ({ step, say }: Move) => {
    for (const text of say) doors.say(text);
    return step;
  };
  let step = told(begin(nodes, doors.look(0)));
  while (step.kind !== 'done') {
    if (step.kind === 'write') {
      step = told(afterWrite(nodes, step, await doors.write(step.at, step.disk)));
    } else {
      await doors.pause();
      step = told(afterLook(nodes, step, doors.look(step.at)));
    }
  }
}
