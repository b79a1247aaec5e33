import { join } from 'node:path';
import test from 'ava';
import { removeTree } from '../../builder/image/store/temporary.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { SHARED_STORE } from './installation.ts';
import { assertFull, onSmallDisk } from './small-disk.ts';
import { assertTidy, namesIn, workshop } from './workshop.ts';

const scratch = await Scratch.create('full-disk');
const place = await workshop(scratch.path, { store: SHARED_STORE });
test.after.always(() => removeTree(scratch.path));

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
