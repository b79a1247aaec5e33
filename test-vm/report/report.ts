import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { KilnError } from '../../builder/report/errors.ts';
import type { Meter } from '../../builder/report/progress.ts';
import { factsOf } from '../check.ts';
import type { Machine } from '../machine.ts';

const SCRIPT = 'test-vm/report/report.sh';

/** The script that the guest runs; it knows what a healthy box looks like. */
export async function reportScript(): Promise<string> {
  return await readFile(join(PROJECT_DIRECTORY, SCRIPT), 'utf8');
}

/**
 * Waits for a box to report and says what it said, then switches it off.
 * @param startedAt when the machine was switched on, in milliseconds of the same clock as `now`
 * @returns the facts as a table, one a line
 * @throws KilnError with the box's own reason when anything is not as it should be
 */
export async function collectReport(
  machine: Machine,
  meter: Meter,
  clock: { readonly startedAt: number; readonly now: () => number },
  timeoutSeconds: number,
): Promise<string> {
  meter.note('waiting for the box to report');
  const verdict = await machine.verdict(timeoutSeconds);
  const seconds = ((clock.now() - clock.startedAt) / 1000).toFixed(1);
  const facts = new Map([...factsOf(verdict.output), ['power-on to ready', `${seconds} s`]]);
  if (!verdict.passed) {
    throw new KilnError('host', `the box is not as it should be:\n${verdict.output.trimEnd()}`, {
      hint: 'the lines above are from the box itself; its console is in the log that --console-log names',
    });
  }
  meter.note('switching the box off');
  await machine.powerOff(60);
  return table(facts);
}

/** Facts in two columns. Pure. */
export function table(facts: ReadonlyMap<string, string>): string {
  const width = Math.max(...[...facts.keys()].map((name) => name.length));
  return [...facts].map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}
