import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { hasCode } from '../../builder/report/error-code.ts';
import type { Fleet } from './fleet.ts';
import type { Network } from './network.ts';
import type { Plan } from './plan.ts';

/** What is held, and how it is told. */
export interface Holding {
  readonly plan: Plan;
  readonly fleet: Fleet;
  readonly network: Network;
  /** The site's kubeconfig, where `kiln site` wrote it. */
  readonly kubeconfig: string;
  readonly logs: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Leaves the nodes running, with ports forwarded, until the user interrupts. */
export async function hold(holding: Holding): Promise<void> {
  const { plan, fleet, network, signal, say } = holding;
  const { host, port } = plan.goal.api;
  const local = await network.forward(host, port);
  const path = join(holding.logs, 'kubeconfig');
  const lines: string[] = [];
  try {
    if (local === undefined) lines.push(`the API at ${host} cannot be forwarded: only IPv4 can`);
    else lines.push(await writeKubeconfig(holding.kubeconfig, path, local));
    for (const { name, address } of plan.nodes) {
      const place = address ?? fleet.states.get(name)?.status?.addresses[0]?.split('/')[0];
      const ssh = place === undefined ? undefined : await network.forward(place, 22);
      if (ssh !== undefined) lines.push(`${name}: ssh -p ${ssh} 127.0.0.1 (${place})`);
    }
    say([...lines, 'the nodes run until Ctrl-C'].join('\n'));
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    // It holds the key of an administrator, and the port that it names is gone.
    await rm(path, { force: true });
  }
}

async function writeKubeconfig(site: string, path: string, port: number): Promise<string> {
  const text = await readFile(site, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (text === undefined) return `the API is at https://127.0.0.1:${port} (there is no ${site})`;
  await writeFile(path, atPort(text, port), { mode: 0o600 });
  return `kubectl --kubeconfig ${path} get nodes`;
}

/** The kubeconfig with its server at a port of the host; 127.0.0.1 is in every API server's certificate. Pure. */
export function atPort(kubeconfig: string, port: number): string {
  const document = parseDocument(kubeconfig);
  document.setIn(['clusters', 0, 'cluster', 'server'], `https://127.0.0.1:${port}`);
  return document.toString({ lineWidth: 0 });
}
