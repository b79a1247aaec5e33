import test from 'ava';
import type { BlockDevice } from '../devices/block-device.ts';
import { refusalsOf } from '../devices/refusals.ts';
import { afterLook, afterWrite, begin, type Disk, type Move, type Outcome } from './walk.ts';

const NODES = [
  { name: 'c1', about: 'controller, 10.0.0.11' },
  { name: 'w1', about: 'worker, DHCP' },
];

/** A disk as it is seen. */
function disk(name: string, more: Partial<BlockDevice> = {}): Disk {
  const device: BlockDevice = {
    name,
    path: `/dev/${name}`,
    sizeBytes: 32_000_000_000,
    sectorBytes: 512,
    model: 'SanDisk Ultra',
    serial: undefined,
    sequence: '1',
    bus: 'usb',
    isRemovable: true,
    isReadOnly: false,
    volumes: [],
    ...more,
  };
  const wanted = { neededBytes: 6_000_000_000, allowInternal: false };
  return { device, refusals: refusalsOf(device, wanted) };
}

const SYSTEM = disk('sda', { bus: 'sata', isRemovable: false });
const mounted = disk('sdb', {
  volumes: [
    {
      ...{ name: 'sdb1', sizeBytes: 1_000_000, partitionLabel: undefined, label: undefined },
      ...{ filesystem: 'vfat', uses: [{ kind: 'mount', at: '/media/ada/esp' }] },
    },
  ],
});

/** Goes through what happens: looks at disks, or outcomes of writing. What was said, and where it ends. */
function walk(before: readonly Disk[], ...events: readonly (readonly Disk[] | Outcome)[]) {
  let move: Move = begin(NODES, before);
  const said = [...move.say];
  for (const event of events) {
    const { step } = move;
    if (!('kind' in event)) move = afterLook(NODES, step, event);
    else if (step.kind === 'write') move = afterWrite(NODES, step, event);
    else throw new Error(`nothing was to be written: ${JSON.stringify(step)}`);
    said.push(...move.say);
  }
  const { step } = move;
  const where = step.kind === 'done' ? 'done' : `${step.kind} ${NODES[step.at]?.name}`;
  return { where, said: said.join('\n') };
}

const WRITTEN: Outcome = { kind: 'written' };

test('one card after the other: a disk that comes is written, and has to go before the next', (t) => {
  const [first, second] = [
    [SYSTEM, disk('sdb')],
    [SYSTEM, disk('sdc')],
  ];
  t.is(walk([SYSTEM], [SYSTEM], first).where, 'insert c1');
  t.is(walk([SYSTEM], [SYSTEM], first, first).where, 'write c1');
  t.is(walk([SYSTEM], first, first, WRITTEN, first, first).where, 'remove w1');
  t.is(walk([SYSTEM], first, first, WRITTEN, first, [SYSTEM]).where, 'insert w1');
  const all = walk([SYSTEM], first, first, WRITTEN, [SYSTEM], second, second, WRITTEN);
  t.is(all.where, 'done');
  t.snapshot(all.said);
});

test('a disk that was there before is never a card, until somebody takes it out and puts it in again', (t) => {
  const stick = disk('sdb');
  const early = walk([SYSTEM, stick], [SYSTEM, stick], [SYSTEM, stick]);
  t.is(early.where, 'insert c1');
  t.snapshot(early.said);
  t.is(walk([stick], [], [stick], [stick]).where, 'write c1');
  // Some readers count their medium again that nobody has touched.
  const again = disk('sdb', { sequence: '2' });
  t.is(walk([stick], [again], [again]).where, 'insert c1');
});

test('a card that is changed faster than anybody looks has been changed', (t) => {
  const [one, other] = [[disk('sdb')], [disk('sdb', { sequence: '2' })]];
  t.is(walk([], one, one, WRITTEN, one).where, 'remove w1');
  t.is(walk([], one, one, WRITTEN, other, other, other).where, 'write w1');
});

test('what speaks against a card is said once, and it is written when nothing does any more', (t) => {
  const seen = walk([], [mounted], [mounted], [mounted], [mounted]);
  t.is(seen.where, 'insert c1');
  t.snapshot(seen.said);
  const free = [disk('sdb')];
  t.is(walk([], [mounted], [mounted], free, free).where, 'write c1');
  // A desktop mounts it just after it has come.
  t.is(walk([], free, [mounted], [mounted]).where, 'insert c1');
});

test('of several new disks none is written', (t) => {
  const two = [disk('sdb'), disk('sdc', { model: undefined })];
  const seen = walk([], two, two, two);
  t.is(seen.where, 'insert c1');
  t.snapshot(seen.said);
  t.is(walk([], two, two, two.slice(1), two.slice(1)).where, 'write c1');
});

test('a card that nobody wants to lose stays as it is, and another one is waited for', (t) => {
  const [one, two] = [[disk('sdb')], [disk('sdb'), disk('sdc')]];
  const no = walk([], one, one, { kind: 'declined' }, one, one);
  t.is(no.where, 'insert c1');
  t.snapshot(no.said);
  t.is(walk([], one, one, { kind: 'declined' }, two, two).where, 'write c1');
  // Its owner has thought again.
  t.is(walk([], one, one, { kind: 'declined' }, [], one, one).where, 'write c1');
});

test('a broken card gives way to another one for the same node', (t) => {
  const one = [disk('sdb')];
  t.is(walk([], one, one, { kind: 'broken' }, one).where, 'remove c1');
  const next = walk([], one, one, { kind: 'broken' }, one, [], one, one);
  t.is(next.where, 'write c1');
  t.snapshot(next.said);
});

test('a busy card is tried again, and that it is busy is said once', (t) => {
  const one = [disk('sdb')];
  const busy: Outcome = { kind: 'busy', why: 'error: /dev/sdb is in use' };
  const twice = walk([], one, one, busy, one, one, busy, one, one);
  t.is(twice.where, 'write c1');
  t.snapshot(twice.said);
});

test('a card in a second reader can wait for its turn', (t) => {
  const [first, both] = [[disk('sdb')], [disk('sdb'), disk('sdc')]];
  t.is(
    walk([], first, first, WRITTEN, both, [disk('sdc')], [disk('sdc')], [disk('sdc')]).where,
    'write w1',
  );
});
