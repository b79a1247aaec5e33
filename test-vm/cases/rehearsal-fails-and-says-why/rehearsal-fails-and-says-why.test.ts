import { copyFile, mkdir } from 'node:fs/promises';
import type { ExecutionContext } from 'ava';
import { SiteCase, siteText } from '../rehearsal.ts';
import { soakTest as test } from '../soak.ts';

const C1 = 'name: c1, role: controller, address: 10.0.0.11/24, mac: "52:54:00:00:00:11"';
const W1 = 'name: w1, role: worker, address: 10.0.0.21/24, mac: "52:54:00:00:00:21"';

/** Lays a controller's seed of now beside a worker's of another time, and rehearses them as they are. */
async function rehearsedMix(t: ExecutionContext, site: SiteCase, worker: string): Promise<unknown> {
  await mkdir(site.path('mix'), { recursive: true });
  await copyFile(site.path('out/plant7/c1.iso'), site.path('mix/c1.iso'));
  await copyFile(site.path(worker), site.path('mix/w1.iso'));
  const { record, exitCode } = await site.rehearsed('plant7.yaml', '--seeds', 'mix');
  t.is(exitCode, 7);
  t.is(record.verdict, 'failed');
  t.is(record.nodes.find(({ name }) => name === 'c1')?.stage, 'ready');
  t.is(record.failures.length, 1, JSON.stringify(record.failures));
  t.is(record.failures[0]?.node, 'w1');
  return record.failures[0]?.cause;
}

test('a worker whose token was replaced is refused, and its seed is known to be of another time', async (t) => {
  t.timeout(30 * 60_000);
  const site = await SiteCase.create(t);
  await site.write('plant7.yaml', siteText('plant7', '', [C1, W1]));
  await site.does('site', 'plant7.yaml');
  await copyFile(site.path('out/plant7/w1.iso'), site.path('old.iso'));
  await site.does('site', 'rotate-tokens', 'plant7.yaml', '--node', 'w1');
  const { stderr, exitCode } = await site.kiln('rehearse', 'plant7.yaml', ...site.releases);
  t.is(exitCode, 2);
  t.regex(stderr, /not what plant7.yaml says now: out\/plant7\/c1\.iso, out\/plant7\/w1\.iso/);
  await site.does('site', 'plant7.yaml');
  t.regex(
    String(await rehearsedMix(t, site, 'old.iso')),
    /^k0s\.token: https:\/\/10\.0\.0\.11:6443 refuses the token: it is unknown there or has expired/,
  );
});

test('a worker of another site with the same addresses trusts another authority', async (t) => {
  t.timeout(30 * 60_000);
  const site = await SiteCase.create(t);
  await site.write('plant7.yaml', siteText('plant7', '', [C1, W1]));
  await site.does('site', 'plant7.yaml');
  await site.does('site', 'plant7.yaml', '--secrets', 'other.secrets', '--out', 'other');
  t.regex(
    String(await rehearsedMix(t, site, 'other/plant7/w1.iso')),
    /^k0s\.token: https:\/\/10\.0\.0\.11:6443 is not trusted .*: the token is of another cluster/,
  );
});

test('a worker that looks for the API at an address that nobody has', async (t) => {
  t.timeout(40 * 60_000);
  const site = await SiteCase.create(t);
  await site.write('plant7.yaml', siteText('plant7', '{ vip: 10.0.0.9/24 }', [C1, W1]));
  await site.does('site', 'plant7.yaml');
  await copyFile(site.path('out/plant7/w1.iso'), site.path('old.iso'));
  await site.write('plant7.yaml', siteText('plant7', '{ vip: 10.0.0.10/24 }', [C1, W1]));
  await site.does('site', 'plant7.yaml');
  t.regex(
    String(await rehearsedMix(t, site, 'old.iso')),
    /^k0s\.token: https:\/\/10\.0\.0\.9:6443 does not answer .*; nothing in the site has the address 10\.0\.0\.9: its virtual address is 10\.0\.0\.10$/,
  );
});
