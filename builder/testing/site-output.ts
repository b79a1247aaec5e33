import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Meter } from '../report/progress.ts';
import { Scratch } from '../report/scratch.ts';
import type { SiteNode } from '../site/definition/site.ts';
import {
  type SiteContents,
  type WriteOptions,
  type WrittenSite,
  writeSite,
} from '../site/output/write-site.ts';
import { nodeFiles } from './node-files.ts';
import { card, firstController, site, siteNode } from './site-fixture.ts';

export const SILENT_METER: Meter = { expect: () => {}, advance: () => {}, note: () => {} };

/** The card of a node, by the end of its address. */
function cardOf(last: number): Pick<SiteNode, 'links'> {
  return { links: [card(`10.0.0.${last}`, { mac: `52:54:00:00:00:${last}` })] };
}

/** One controller and two workers. */
export const NODES = [
  firstController(),
  siteNode('w1', 'worker', 21, {
    serial: 'SN-21',
    uuid: '4c4c4544-0042-3510-8052-b4c04f4a4e31',
    ...cardOf(21),
  }),
  siteNode('w2', 'worker', 22, { arch: 'arm64', ...cardOf(22) }),
];

/** A directory that is not there yet, below one of the test's own. */
export async function place(t: ExecutionContext): Promise<string> {
  const scratch = await Scratch.create('write-site');
  t.teardown(() => scratch[Symbol.asyncDispose]());
  return join(scratch.path, 'plant7');
}

/** Contents of a site of these nodes; `userData` of one of them may be another. */
export function contents(
  nodes: readonly SiteNode[] = NODES,
  userData: Readonly<Record<string, string>> = {},
): SiteContents {
  return {
    site: site(nodes),
    nodeFiles: ({ name }) => {
      const text = userData[name];
      const files = nodeFiles(name, text === undefined ? {} : { 'user-data': text });
      return { ...files, instanceId: `${name}-${text ?? 'first'}` };
    },
    others: { 'admin.kubeconfig': 'kind: Config\n' },
  };
}

/** Writes a site, uninterrupted if nothing is said. */
export async function write(
  directory: string,
  wanted: SiteContents,
  options: Partial<WriteOptions> = {},
): Promise<WrittenSite> {
  const defaults = { signal: new AbortController().signal, meter: SILENT_METER };
  return await writeSite(directory, wanted, { ...defaults, ...options });
}
