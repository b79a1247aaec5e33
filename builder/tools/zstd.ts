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
}

/** Compresses with zstd on all cores. */
export async function zstdCompress(
  toolbox: Toolbox,
  { input, output, level }: ZstdOptions,
  signal?: AbortSignal,
): Promise<void> {
  const argv = [...toolbox.command('zstd'), ...zstdArgs(level)];
  await run(typeof input === 'string' ? [...argv, input] : argv, {
    env: toolbox.env,
    stdoutFile: output,
    ...(typeof input !== 'string' && { input }),
    ...(signal && { signal }),
  });
}

/** The bytes do not depend on the number of cores: every worker gets the same pieces. */
export function zstdArgs(level: number): readonly string[] {
  return ['--compress', '--stdout', '--quiet', `-${level}`, '--threads=0'];
}
