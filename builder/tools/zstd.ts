import type { Chunks } from './program-io.ts';
import { run } from './run.ts';
import type { Toolbox } from './toolbox.ts';

export interface ZstdOptions {
  /** A file or a stream. */
  readonly input: string | Chunks;
  /** The compressed file; an existing one is replaced. */
  readonly output: string;
  /** 1 to 19. */
  readonly level: number;
  /** How far back a repetition is found, as a power of two in bytes, up to 27; what unpacks needs as much memory. */
  readonly windowLog?: number;
}

/** Compresses with zstd on all cores. */
export async function zstdCompress(
  toolbox: Toolbox,
  { input, output, ...effort }: ZstdOptions,
  signal?: AbortSignal,
): Promise<void> {
  const argv = [...toolbox.command('zstd'), ...zstdArgs(effort)];
  await run(typeof input === 'string' ? [...argv, input] : argv, {
    env: toolbox.env,
    stdoutFile: output,
    ...(typeof input !== 'string' && { input }),
    ...(signal && { signal }),
  });
}

/** The bytes do not depend on the number of cores: every worker gets the same pieces. */
export function zstdArgs({
  level,
  windowLog,
}: Pick<ZstdOptions, 'level' | 'windowLog'>): readonly string[] {
  const window = windowLog === undefined ? [] : [`--long=${windowLog}`];
  return ['--compress', '--stdout', '--quiet', `-${level}`, ...window, '--threads=0'];
}
