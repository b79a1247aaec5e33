import { spawnSync } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

const MEBIBYTE = 1024 * 1024;

/** Says why no file can be a device here; undefined when it can. Tries it with a file in `directory`. */
export async function whyNoLoopDevices(directory: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root makes loop devices';
  const file = join(directory, 'probe');
  await writeFile(file, Buffer.alloc(MEBIBYTE));
  try {
    host('losetup', '--detach', host('losetup', '--find', '--show', file));
    return undefined;
  } catch (error) {
    return `losetup does not work here: ${error}`;
  }
}

/** Makes a file so large and a device of it; the device goes when the test ends. */
export async function attachLoop(
  t: ExecutionContext,
  file: string,
  sizeBytes: number,
  options: readonly string[] = [],
): Promise<string> {
  await truncate(file, sizeBytes);
  const device = host('losetup', '--find', '--show', ...options, file);
  t.teardown(() => host('losetup', '--detach', device));
  return device;
}

/** Runs a program of the host's: what it prints. */
export function host(...argv: readonly string[]): string {
  const [program = '', ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  throw new Error(`${argv.join(' ')}: ${error?.message ?? stderr}`);
}
