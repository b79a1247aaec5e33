import test from 'ava';
import { EPOCH, failureOf, listing, sourcesOf, treeOf } from '../../testing/tree-fixture.ts';
import { unitWishes } from './unit-wishes.ts';

const TREE = treeOf({
  'usr/lib/systemd/system/ssh.service': 'x',
  'usr/lib/systemd/system/sshd.service': '-> ssh.service',
  'usr/lib/systemd/system/getty@.service': 'x',
  'etc/systemd/system/off.service': '-> /dev/null',
});
const SOURCES = sourcesOf(
  'units:\n  enable: [shh.service, getti@tty1.service, "cloud-*"]\n  mask: [nothing.mount]\n',
);

test('wishes become a preset and masks', (t) => {
  const units = { enable: ['sshd.service', 'getty@tty1.service'], disable: ['*'], mask: ['ssh*'] };
  t.snapshot(listing(unitWishes(TREE, units, SOURCES, EPOCH)).join('\n'));
});

test('units that do not exist are reported where the user wrote them, all at once', async (t) => {
  const enable = ['shh.service', 'getti@tty1.service', 'cloud-*'];
  const units = { enable, disable: [], mask: ['nothing.mount'] };
  t.snapshot(await failureOf(() => unitWishes(TREE, units, SOURCES, EPOCH)));
});
