import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { kiln, type Outcome, type Running, type Surroundings, startKiln } from './kiln.ts';

/** The compiled Kiln of this checkout: a site takes nothing from images or the store. */
const TREE = PROJECT_DIRECTORY;

/** A site file's text: a controller and so many workers, of which some may have another time zone. */
export function siteText(
  workers: number,
  {
    name = 'plant7',
    moved = [],
  }: { readonly name?: string; readonly moved?: readonly number[] } = {},
): string {
  const lines = Array.from({ length: workers }, (_, i) => {
    const zone = moved.includes(i) ? ', time-zone: Asia/Tokyo' : '';
    const address = `10.0.${1 + Math.floor(i / 250)}.${1 + (i % 250)}/16`;
    return `  - { name: w${i}, role: worker, address: ${address}${zone} }\n`;
  });
  return `site: ${name}
network: { pods: 10.128.0.0/10, gateway: 10.0.0.1, dns: [10.0.0.1], ntp: [10.0.0.1] }
access: { ssh-keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ0nUOyLZmGWfH7Qd0lyKrVvvvUvHmjzFOM1EYRNQQT me"] }
nodes:
  - { name: c1, role: controller, address: 10.0.0.11/16 }
${lines.join('')}`;
}

/** Writes a site file into a directory; its path. */
export async function writeSiteFile(
  directory: string,
  text: string,
  name = 'plant7.yaml',
): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

/** Runs `kiln site` in a directory. */
export function kilnSite(
  cwd: string,
  argv: readonly string[],
  surroundings: Partial<Surroundings> = {},
): Promise<Outcome> {
  return kiln(['site', ...argv], { tree: TREE, env: {}, cwd, ...surroundings });
}

/** Starts `kiln site` in a directory. */
export function startSite(cwd: string, argv: readonly string[]): Running {
  return startKiln(['site', ...argv], { tree: TREE, env: {}, cwd });
}
