import test, { type ExecutionContext } from 'ava';
import { describeError } from '../../report/errors.ts';
import { errandOf, type FlashOptions } from './errand.ts';

const site = 'plant7.yaml';

test('options say which seed goes along, and to how many disks', (t) => {
  const errand = (disk: string | undefined, more: Partial<FlashOptions>) =>
    errandOf(disk, { verify: true, ...more });
  t.deepEqual(errand('disk.img', {}), { kind: 'no seed' });
  t.deepEqual(errand(undefined, { seed: 'w1.iso' }), { kind: 'seed', iso: 'w1.iso' });
  t.deepEqual(errand('disk.img', { site, node: 'w1' }), { kind: 'node', site, node: 'w1' });
  t.deepEqual(errand(undefined, { site, node: 'w1' }), { kind: 'node', site, node: 'w1' });
  const all = { site, rack: true, only: 'w1', from: 'w1', labels: 'w.html', secrets: 's' };
  t.deepEqual(errand(undefined, all), { kind: 'rack', site });
});

const refuses = test.macro({
  exec: (t: ExecutionContext, disk: string | undefined, more: Partial<FlashOptions>) => {
    t.snapshot(describeError(t.throws(() => errandOf(disk, { verify: true, ...more }))));
  },
  title: (title) => `refused: ${title}`,
});

test('a node of no site', refuses, 'disk.img', { node: 'w1' });
test('a rack of no site', refuses, undefined, { rack: true });
test('secrets of no site', refuses, 'disk.img', { secrets: 'plant7.secrets' });
test('a site without a node', refuses, 'disk.img', { site });
test('a rack with a disk', refuses, '/dev/sdb', { site, rack: true });
test('a choice of nodes without a rack', refuses, 'disk.img', { site, node: 'w1', only: 'w1' });
test('labels without a rack', refuses, 'disk.img', { labels: 'labels.html' });
