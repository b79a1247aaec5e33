import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { type ClusterView, parseView } from './cluster-view.ts';
import type { Fleet } from './fleet.ts';
import type { Goal } from './plan.ts';

/** Controllers of a large cluster on a slow host take their time. */
const LOOK_SECONDS = 240;

/** Asks every node that answers what it sees of its cluster, all at once. */
export async function lookAtCluster(
  fleet: Fleet,
  goal: Goal,
): Promise<ReadonlyMap<string, ClusterView>> {
  const script = await readFile(join(PROJECT_DIRECTORY, 'test-vm/rehearsal/look.sh'), 'utf8');
  const views = new Map<string, ClusterView>();
  await Promise.all(
    fleet.answering.map(async ({ node, vm }) => {
      const answer = await vm.ask(`${settings(goal)}${script}`, LOOK_SECONDS);
      if (answer !== undefined) views.set(node.name, parseView(answer.output));
    }),
  );
  return views;
}

/** Host and port were checked with the site: they are an address or a DNS name, and a number. */
function settings({ api: { host, port, isVirtual } }: Goal): string {
  return `KILN_API_HOST='${host}' KILN_API_PORT='${port}' KILN_VIRTUAL='${isVirtual ? 'yes' : ''}'\n`;
}
