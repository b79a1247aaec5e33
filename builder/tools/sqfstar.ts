import type { Chunks } from './program-io.ts';
import { run } from './run.ts';
import type { Toolbox } from './toolbox.ts';

export interface SqfstarOptions {
  /** File system that is made; must not exist. */
  readonly output: string;
  /** Time of the file system and of its root directory, seconds since 1970. */
  readonly epoch: number;
  /** Of zstd, 1 to 22. */
  readonly level: number;
  /** Bytes that are compressed together, a power of two from 4096 to 1 MiB. */
  readonly blockSize: number;
}

/**
 * Makes a squashfs from a tar stream, read as fast as it can be compressed; owners come from the stream.
 * The stream must have an entry for each directory: one that is only implied gets the current time.
 */
export async function sqfstar(
  toolbox: Toolbox,
  options: SqfstarOptions & { readonly tar: Chunks },
  signal?: AbortSignal,
): Promise<void> {
  await run([...toolbox.command('sqfstar'), ...sqfstarArgs(options)], {
    env: toolbox.env,
    input: options.tar,
    ...(signal && { signal }),
  });
}

/** The output depends on these and the tar stream alone, not on the number of cores. */
export function sqfstarArgs({
  output,
  epoch,
  level,
  blockSize,
}: SqfstarOptions): readonly string[] {
  return [
    ...['-comp', 'zstd', '-Xcompression-level', `${level}`, '-b', `${blockSize}`],
    ...['-mkfs-time', `${epoch}`, '-root-time', `${epoch}`],
    ...['-root-mode', '755', '-root-uid', '0', '-root-gid', '0'],
    // By default it takes a quarter of the machine's memory, and is no faster for it.
    ...['-mem', '128M'],
    ...['-exit-on-error', '-no-progress', '-quiet'],
    output,
  ];
}
