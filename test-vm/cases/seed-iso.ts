import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../builder/tools/run.ts';
import type { Toolbox } from '../../builder/tools/toolbox.ts';
import type { ExtraDisk } from '../spec.ts';

/** Makes a seed as cloud-init's NoCloud wants it: an ISO labelled `cidata` with these files. */
export async function seedIso(
  toolbox: Toolbox,
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<ExtraDisk> {
  const content = join(directory, 'seed');
  await mkdir(content);
  for (const [name, text] of Object.entries(files)) await writeFile(join(content, name), text);
  const path = join(directory, 'seed.iso');
  const options = ['-as', 'mkisofs', '-quiet', '-volid', 'cidata', '-joliet', '-rational-rock'];
  await run([...toolbox.command('xorriso'), ...options, '-output', path, content], {
    env: toolbox.env,
  });
  return { path, format: 'raw', bus: 'cdrom', readOnly: true };
}
