import { SiteCase, siteText } from '../rehearsal.ts';
import { soakTest as test } from '../soak.ts';

const NODES = [
  'name: c1, role: controller, address: 10.0.0.11/24, mac: "52:54:00:00:00:11"',
  'name: c2, role: controller, address: 10.0.0.12/24, mac: "52:54:00:00:00:12"',
  'name: c3, role: controller+worker, address: 10.0.0.13/24, mac: "52:54:00:00:00:13"',
];

test('three controllers with a virtual address, the last one first, form one cluster; the one that had the address loses power and comes back', async (t) => {
  t.timeout(60 * 60_000);
  const site = await SiteCase.create(t);
  await site.write('plant3.yaml', siteText('plant3', '{ vip: 10.0.0.10/24 }', NODES));
  await site.does('site', 'plant3.yaml');
  const { record, exitCode } = await site.rehearsed(
    'plant3.yaml',
    '--order',
    'reverse',
    '--cut',
    'c1',
  );
  t.is(exitCode, 0);
  t.like(record, { verdict: 'formed', order: ['c3', 'c2', 'c1'], failures: [] });
  const [first, second] = record.nodes;
  const starts = (node = first) => node?.stages.filter(({ stage }) => stage === 'firmware').length;
  t.is(starts(), 2);
  t.is(starts(second), 1);
});
