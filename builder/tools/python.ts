import { run } from './run.ts';
import type { Toolbox } from './toolbox.ts';

export interface CompileOptions {
  /** Directory that stands for the image's root. */
  readonly root: string;
  /** Sources or directories of sources, relative to the root. */
  readonly paths: readonly string[];
}

/**
 * Writes `__pycache__/*.cpython-313.pyc` beside each Python source below `root`. The bytes do not depend
 * on file times: Python takes them without looking at the source (PEP 552, unchecked hash-based pycs).
 */
export async function compilePython(
  toolbox: Toolbox,
  options: CompileOptions,
  signal?: AbortSignal,
): Promise<void> {
  await run([...toolbox.command('python3.13'), ...compileArgs(options)], {
    cwd: options.root,
    env: toolbox.env,
    ...(signal && { signal }),
  });
}

/** Sources that are no valid Python (templates, tests of syntax errors) are left without bytecode, as Debian does. */
export function compileArgs({ paths }: Pick<CompileOptions, 'paths'>): readonly string[] {
  return [
    ...['-m', 'compileall'],
    ...['-q', '-f', '--invalidation-mode', 'unchecked-hash', '-p', '/'],
    ...paths,
  ];
}
