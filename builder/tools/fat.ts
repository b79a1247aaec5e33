import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { run } from './run.ts';
import type { Toolbox } from './toolbox.ts';

export interface FatFile {
  /** Where it goes: relative to the root, with `/`. Directories are made as needed. */
  readonly path: string;
  /** The file on this machine that has the bytes. */
  readonly source: string;
}

export interface FatOptions {
  /** The image that is made; an existing file is replaced. */
  readonly image: string;
  readonly sizeBytes: number;
  /** Of the volume, 11 characters at most, upper case. */
  readonly label: string;
  /** 32 bits. */
  readonly volumeId: number;
  /** Bits of an entry of the table; 32 if not given. A volume of less than about 33 MiB needs 16. */
  readonly fatBits?: 16 | 32;
  /** Time of everything in it, seconds since 1970. */
  readonly epoch: number;
  readonly files: readonly FatFile[];
}

/** Makes a FAT image with files in it; the same options and files give the same bytes. */
export async function makeFat(
  toolbox: Toolbox,
  options: FatOptions,
  signal?: AbortSignal,
): Promise<void> {
  await createSparse(options.image, options.sizeBytes);
  const env = { ...toolbox.env, SOURCE_DATE_EPOCH: `${options.epoch}` };
  for (const [program, ...args] of makeFatCommands(options)) {
    await run([...toolbox.command(program), ...args], { env, ...(signal && { signal }) });
  }
}

type Command = readonly [program: string, ...args: string[]];

/** The programs to run, in turn. Directories and files are written in byte order: that is their order on disk. */
export function makeFatCommands(options: FatOptions): readonly Command[] {
  const { image, label, volumeId, files, fatBits = 32 } = options;
  const id = volumeId.toString(16).padStart(8, '0');
  const directories = directoriesOf(files).map((path) => `::${path}`);
  const sorted = [...files].sort((one, other) => compareBytes(one.path, other.path));
  return [
    ['mkfs.fat', '-F', `${fatBits}`, '-i', id, '-n', label, image],
    ...(directories.length > 0 ? [['mmd', '-i', image, ...directories] as const] : []),
    ...sorted.map(({ path, source }) => ['mcopy', '-i', image, source, `::${path}`] as const),
  ];
}

function directoriesOf(files: readonly FatFile[]): readonly string[] {
  const found = new Set<string>();
  for (const { path } of files) {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) found.add(parent);
  }
  return [...found].sort(compareBytes);
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

async function createSparse(path: string, sizeBytes: number): Promise<void> {
  await using file = await open(path, 'w');
  await file.truncate(sizeBytes);
}
