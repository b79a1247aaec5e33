import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { describeDiagnostic, formatDiagnostics } from '../report/format.ts';
import { Scratch } from '../report/scratch.ts';
import { readSite, type SiteReading } from '../site/definition/load.ts';
import type { Site } from '../site/definition/site.ts';

/** Files by their paths: text or bytes. */
export type SiteFiles = Readonly<Record<string, string | Uint8Array>>;

/** A key for tests, of which nobody has the other half. */
export const SSH_KEY = `ssh-ed25519 ${Buffer.concat([
  ...[field('ssh-ed25519'), field('x'.repeat(32))],
]).toString('base64')}`;

const NETWORK = 'network: { gateway: 10.0.0.1, ntp: [10.0.0.1] }\n';
const NODES = `nodes:
  - { name: c1, role: controller, address: 10.0.0.11/24 }
  - { name: w1, role: worker, address: 10.0.0.21/24 }
`;

/** A site with a controller and a worker, with these lines on top or, where they give a key, instead. */
export function siteWith(lines: string): string {
  const network = /^network:/m.test(lines) ? '' : NETWORK;
  const nodes = /^nodes:/m.test(lines) ? '' : NODES;
  return `site: plant7\n${network}${lines.replace(/\n*$/, '\n')}${nodes}`;
}

/** Reads `site.yaml` of a directory that has these files. */
async function readSiteFiles(t: ExecutionContext, files: SiteFiles): Promise<SiteReading> {
  const scratch = await Scratch.create('site-files');
  t.teardown(() => scratch[Symbol.asyncDispose]());
  for (const [name, content] of Object.entries(files)) {
    const path = join(scratch.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return await readSite(join(scratch.path, 'site.yaml'));
}

/** The site that such files are, which have to be right. */
export async function siteOf(t: ExecutionContext, files: SiteFiles | string): Promise<Site> {
  const reading = await readSiteFiles(
    t,
    typeof files === 'string' ? { 'site.yaml': files } : files,
  );
  if (!reading.site) throw new Error(formatDiagnostics(reading.diagnostics));
  return reading.site;
}

/** Everything that is said about such files, without the directory that they lie in. */
export async function siteFindings(t: ExecutionContext, files: SiteFiles): Promise<string> {
  const { diagnostics, warnings } = await readSiteFiles(t, files);
  const text = [
    ...diagnostics.map((each) => `error: ${describeDiagnostic(each)}`),
    ...warnings.map((each) => `warning: ${describeDiagnostic(each)}`),
  ].join('\n\n');
  return text.replaceAll(/\/\S*\/kiln-site-files-[^/]*\//g, '');
}

function field(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text)]);
}
