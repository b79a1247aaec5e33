import { SiteCase, siteText } from '../rehearsal.ts';
import { soakTest as test } from '../soak.ts';

const NODES = [
  'name: c1, role: controller, arch: x86_64, address: 10.0.0.11/24, mac: "52:54:00:00:00:11"',
  'name: w1, role: worker, arch: arm64, dhcp: true, mac: "52:54:00:00:00:21"',
];

test('a worker on arm64 with an address of DHCP joins a controller on x86_64', async (t) => {
  t.timeout(40 * 60_000);
  const site = await SiteCase.create(t, 'x86_64', 'arm64');
  await site.write('mixed.yaml', siteText('mixed', '', NODES));
  await site.does('site', 'mixed.yaml');
  const { record, exitCode } = await site.rehearsed('mixed.yaml');
  t.is(exitCode, 0);
  t.deepEqual(record.failures, []);
  t.deepEqual(
    record.releases.map(({ arch }) => arch),
    ['x86_64', 'arm64'],
  );
  const pool = record.gateways[0]?.ipv4?.dhcpStart;
  t.deepEqual(record.nodes[1]?.addresses, [`${pool}/24`]);
});
