import test from 'ava';
import { siteNode } from '../../testing/site-fixture.ts';
import { missingOrder } from './seeds.ts';

test('a node whose installer would wait is told', (t) => {
  t.is(
    missingOrder(siteNode('w1', 'worker', 21), 'plant7.yaml'),
    'w1 has no `install` key in plant7.yaml: the installer will list the disks that it sees, and wait',
  );
});

test('a node with an order for the installer needs no words', (t) => {
  const install = { disk: 'smallest', wipe: false, var: 'keep', afterwards: 'reboot' } as const;
  t.is(missingOrder(siteNode('w1', 'worker', 21, { install }), 'plant7.yaml'), undefined);
});
