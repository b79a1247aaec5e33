import test from 'ava';
import { describeError } from '../../report/errors.ts';
import { card, firstController, siteNode } from '../../testing/site-fixture.ts';
import type { BlockDevice } from '../devices/block-device.ts';
import { labelOf, labelText } from './label.ts';
import { labelsIn, withLabel } from './label-sheet.ts';

const SITE = { name: 'plant7' };
const SEED = '0b3e4a0e-7c4f-8d6e-9a55-2f1c7f0e9d11';
const CARD: BlockDevice = {
  ...{ name: 'sdb', path: '/dev/sdb', sizeBytes: 31_914_983_424, sectorBytes: 512 },
  ...{ model: 'SanDisk <Ultra> & "co"', serial: '4C530001', sequence: '7', bus: 'usb' },
  ...{ isRemovable: true, isReadOnly: false, volumes: [] },
};
const PLAIN = labelOf(SITE, firstController(), { device: CARD, seed: SEED });

test('a label says which box it is for, and which card it is', (t) => {
  t.snapshot(labelText(PLAIN));
});

test('also of a box with two cards and two addresses, and of one with neither', (t) => {
  const lan = (name: string, mac: string) => card('10.0.0.21', { name, mac });
  const two = siteNode('w1', 'worker', 21, {
    secondAddress: 'fd00:7::21',
    links: [lan('left', '52:54:00:00:00:21'), lan('right', '52:54:00:00:00:22')],
  });
  t.snapshot(labelText(labelOf(SITE, two, { device: CARD, seed: SEED })));
  const { address: _, ...node } = siteNode('w2', 'worker', 22);
  const { mac: __, ...link } = card('10.0.0.22');
  const device = { ...CARD, model: undefined, serial: undefined };
  t.snapshot(labelText(labelOf(SITE, { ...node, links: [link] }, { device, seed: SEED })));
});

test('a sheet of labels needs nothing from anywhere else, and text stays text', (t) => {
  const sheet = withLabel(undefined, 'labels.html', PLAIN);
  t.snapshot(sheet);
  t.notRegex(sheet, /https?:|src=|@import|<script/);
});

test('a sheet grows with later runs, and has one label of a node', (t) => {
  const other = labelOf(SITE, siteNode('w1', 'worker', 21), { device: CARD, seed: SEED });
  const both = withLabel(withLabel(undefined, 'labels.html', PLAIN), 'labels.html', other);
  t.deepEqual([...labelsIn(both, 'labels.html').keys()], ['plant7/c1', 'plant7/w1']);
  t.is(withLabel(both, 'labels.html', PLAIN), both);
  const again = withLabel(both, 'labels.html', { ...PLAIN, address: '10.0.0.99' });
  t.deepEqual([...labelsIn(again, 'labels.html').keys()], ['plant7/c1', 'plant7/w1']);
  t.regex(again, /10\.0\.0\.99/);
  t.false(again.includes('10.0.0.11'));
});

test('what is no sheet of labels is left alone', (t) => {
  const sheet = withLabel(undefined, 'labels.html', PLAIN);
  for (const text of [
    '',
    '<p>mine</p>\n',
    `${sheet}more`,
    sheet.replace('<article', '<p>x</p>\n<article'),
  ]) {
    const error = t.throws(() => withLabel(text, 'labels.html', PLAIN));
    t.is(
      describeError(error),
      'error: labels.html is no sheet of labels that this version has written\nhint: name another file: what is there is left as it is\n',
    );
  }
});
