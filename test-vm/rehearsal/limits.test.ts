import test from 'ava';
import { PLAIN_OPTIONS } from '../../builder/testing/rehearsal-fixture.ts';
import { FOUR_NODES, site } from '../../builder/testing/site-fixture.ts';
import { hostRoom } from './host-room.ts';
import { checkRoom, type HostRoom } from './limits.ts';
import { planRehearsal } from './plan.ts';

const ROOM: HostRoom = {
  cores: 8,
  memoryMiB: 64_000,
  diskMiB: 64_000,
  diskPlace: '/tmp',
  isEmulated: () => true,
};

function check(room: Partial<HostRoom>, without: readonly string[] = []): readonly string[] {
  const host = { ...ROOM, ...room };
  const options = { ...PLAIN_OPTIONS, without };
  return checkRoom(planRehearsal(site(FOUR_NODES), options, 'out', host), host);
}

test('a host with room for all is nothing to speak of', (t) => {
  t.deepEqual(check({}), []);
});

test('too little memory or disk is told before anything starts', (t) => {
  t.throws(() => check({ memoryMiB: 8703 }), {
    message: '4 nodes need 8704 MiB of memory, and this host has 8703 MiB to give',
  });
  t.notThrows(() => check({ memoryMiB: 8704 }));
  t.throws(() => check({ diskMiB: 4095 }), {
    message: '4 nodes may write 4096 MiB, and /tmp has 4095 MiB left',
  });
  t.notThrows(() => check({ memoryMiB: 7000, diskMiB: 3500 }, ['c3']));
});

test('more processors than cores are slow, and it is said how slow', (t) => {
  t.snapshot(check({ cores: 2 }));
  t.snapshot(check({ cores: 2, isEmulated: () => false }));
});

test('what this host has is more than nothing', async (t) => {
  const room = await hostRoom(() => true);
  t.true(room.cores > 0 && room.memoryMiB > 0 && room.diskMiB > 0);
  t.true(Number.isFinite(room.memoryMiB));
});
