import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { SELF, stateOf } from '../../report/owner.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { isHeld, Lock } from './locks.ts';

/** Process ids end at 4194304, so nobody has this one. */
const DEAD = SELF.replace(/^\d+/, '4194305');

test('a lock is held by one at a time, and free again afterwards', async (t) => {
  const path = join(await emptyDirectory(t), 'lock');
  {
    await using first = await Lock.tryTake(path);
    t.truthy(first);
    t.true(await isHeld(path));
    t.is(await Lock.tryTake(path), undefined);
  }
  t.false(await isHeld(path));
  await using second = await Lock.tryTake(path);
  t.truthy(second);
});

test('the lock of a dead process is broken, and nothing of it stays', async (t) => {
  const directory = await emptyDirectory(t);
  const path = join(directory, 'lock');
  await symlink(DEAD, path);
  t.false(await isHeld(path));
  await using lock = await Lock.tryTake(path);
  t.truthy(lock);
  t.deepEqual(await readdir(directory), ['lock']);
});

test('the lock of a process that cannot be seen from here counts for an hour', async (t) => {
  const path = join(await emptyDirectory(t), 'lock');
  await symlink('4194305.1.00000000', path);
  t.true(await isHeld(path));
  t.is(await Lock.tryTake(path), undefined);
});

test('this process is alive; another start time, another id or another boot is not it', (t) => {
  const [pid, start, realm] = SELF.split('.');
  t.is(stateOf(SELF), 'alive');
  t.is(stateOf(`${SELF}-17.download-x`), 'alive');
  t.is(stateOf(`${pid}.${Number(start) + 1}.${realm}`), 'dead');
  t.is(stateOf(DEAD), 'dead');
  t.is(stateOf(`${pid}.${start}.00000000`), 'foreign');
  t.is(stateOf('anything'), 'foreign');
});
