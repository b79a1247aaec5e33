import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { removeTree } from '../../builder/image/store/temporary.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { SHARED_STORE } from './installation.ts';
import type { Outcome } from './kiln.ts';
import { assertTidy, namesIn, workshop } from './workshop.ts';

const scratch = await Scratch.create('full-disk');
const place = await workshop(scratch.path, { store: SHARED_STORE });
test.after.always(() => removeTree(scratch.path));

/** Does something while a directory is a disk of so many megabytes, where that can be had. */
async function onSmallDisk(
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
function assertFull(t: ExecutionContext, { code, stderr }: Outcome, directory: string): void {
  const error = stderr.slice(stderr.indexOf('error: '));
  t.log(error.trimEnd().replaceAll(scratch.path, ''));
  t.is(code, 6, stderr);
  t.true(error.split('\n')[0]?.includes(directory), error);
  t.regex(error, /no space left/);
  t.regex(error, /\nhint: make room/);
}

for (const megabytes of [1, 15, 24, 34, 60]) {
  test.serial(`releases go to a disk of ${megabytes} MB, which is too small`, async (t) => {
    t.timeout(5 * 60_000);
    await onSmallDisk(t, place.out, megabytes, async () => {
      assertFull(t, await place.build().ended, place.out);
      t.deepEqual(await namesIn(place.out), []);
      await assertTidy(t, place, 'after the disk was full');
    });
  });
}

for (const megabytes of [4, 20, 300]) {
  test.serial(`the store is on a disk of ${megabytes} MB, which is too small`, async (t) => {
    t.timeout(5 * 60_000);
    const store = join(place.directory, 'small-store');
    await place.startOver();
    await onSmallDisk(t, store, megabytes, async () => {
      assertFull(t, await place.build({ KILN_STORE: store }).ended, store);
      t.deepEqual(await namesIn(join(store, 'tmp')), []);
      t.deepEqual(await namesIn(place.out), []);
      await assertTidy(t, place, 'after the disk was full');
    });
  });
}
