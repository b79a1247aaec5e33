import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fleet } from './fleet.ts';
import type { BootAccount } from './record.ts';

const ASK_SECONDS = 180;

/** Parts of an answer, since one script is one answer. */
const BOUNDARY = 'kiln-rehearsal-boundary';

/** What each node is asked in the end: its boot, as words and as a picture, and its journal. */
const SCRIPT = [
  'systemd-analyze time',
  `echo ${BOUNDARY}`,
  'systemd-analyze plot',
  `echo ${BOUNDARY}`,
  'journalctl --boot --no-pager --output=short-monotonic | tail -n 3000',
].join('\n');

/** Asks all nodes that answer for what tells of their boot; their journals go to the logs. */
export async function gatherEvidence(
  fleet: Fleet,
  logs: string,
): Promise<ReadonlyMap<string, BootAccount>> {
  const boots = new Map<string, BootAccount>();
  await Promise.all(
    fleet.answering.map(async ({ node: { name }, vm }) => {
      const answer = await vm.ask(SCRIPT, ASK_SECONDS);
      if (answer === undefined) return;
      const { journal, ...boot } = parseEvidence(answer.output);
      boots.set(name, boot);
      await writeFile(join(logs, `${name}.journal.log`), journal);
    }),
  );
  return boots;
}

/** Takes the answer apart. Pure. */
export function parseEvidence(output: string): BootAccount & { readonly journal: string } {
  const [time = '', chart = '', journal = ''] = output.split(`${BOUNDARY}\n`);
  // While a box still starts, there is neither.
  const sentence = /^Startup finished in .*$/m.exec(time)?.[0];
  const svg = /<svg[\s\S]*<\/svg>/.exec(chart)?.[0];
  return { time: sentence, chart: svg, journal };
}
