import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Outcome } from './kiln.ts';

/** Does something while a directory is a disk of so many megabytes, where that can be had. */
export async function onSmallDisk(
  t: ExecutionContext,
  directory: string,
  megabytes: number,
  work: () => Promise<void>,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const options = `size=${megabytes}M,mode=755`;
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  if (status !== 0) {
    t.log('not tried: a full disk, as this user may not mount one');
    t.pass();
    return;
  }
  try {
    await work();
  } finally {
    spawnSync('umount', [directory]);
  }
}

/** The machine is to blame, by the name of the place, with something to do about it. */
export function assertFull(
  t: ExecutionContext,
  { code, stderr }: Outcome,
  directory: string,
): void {
  const error = stderr.slice(stderr.indexOf('error: '));
  t.log(error.trimEnd().replaceAll(dirname(directory), ''));
  t.is(code, 6, stderr);
  t.true(error.split('\n')[0]?.includes(directory), error);
  t.regex(error, /no space left/);
  t.regex(error, /\nhint: make room/);
}
