import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FatFile, makeFat } from '../../builder/tools/fat.ts';
import { run } from '../../builder/tools/run.ts';
import type { Toolbox } from '../../builder/tools/toolbox.ts';
import type { ExtraDisk } from '../spec.ts';
import type { SeedFiles } from './node.ts';

/** Labels that cloud-init knows a seed by: NoCloud's and the config drive's. */
export type SeedLabel = 'cidata' | 'CIDATA' | 'config-2' | 'CONFIG-2';

/** A FAT32 volume cannot be smaller. */
const STICK_BYTES = 40 << 20;

/** What a seed medium is made of. */
export interface Medium {
  /** The image that is made; the files are put beside it first. */
  readonly image: string;
  readonly label: SeedLabel;
  readonly files: SeedFiles;
}

/** Makes a seed as an ISO in a CD drive. */
export async function seedIso(toolbox: Toolbox, medium: Medium): Promise<ExtraDisk> {
  const { directory } = await writeFiles(medium);
  const options = ['-as', 'mkisofs', '-quiet', '-volid', medium.label, '-joliet', '-rational-rock'];
  await run([...toolbox.command('xorriso'), ...options, '-output', medium.image, directory], {
    env: toolbox.env,
  });
  return { path: medium.image, format: 'raw', bus: 'cdrom', readOnly: true };
}

/** Makes a seed as a stick: a FAT volume without a partition table. */
export async function seedStick(toolbox: Toolbox, medium: Medium): Promise<ExtraDisk> {
  const { files } = await writeFiles(medium);
  await makeFat(toolbox, {
    image: medium.image,
    sizeBytes: STICK_BYTES,
    label: medium.label,
    volumeId: 0x6b696c6e,
    epoch: 1_700_000_000,
    files,
  });
  return { path: medium.image, format: 'raw', bus: 'usb', readOnly: true };
}

async function writeFiles({
  image,
  files,
}: Medium): Promise<{ readonly directory: string; readonly files: readonly FatFile[] }> {
  const directory = `${image}.files`;
  const written: FatFile[] = [];
  await mkdir(directory, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    const source = join(directory, path);
    await mkdir(dirname(source), { recursive: true });
    await writeFile(source, content);
    written.push({ path, source });
  }
  return { directory, files: written };
}
