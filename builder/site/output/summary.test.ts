import test from 'ava';
import { siteNode, site as siteOf } from '../../testing/site-fixture.ts';
import { NODES } from '../../testing/site-output.ts';
import type { SiteNode } from '../definition/site.ts';
import { type MadeSite, summaryJson, summaryText } from './summary.ts';
import type { WrittenSite } from './write-site.ts';
import type { Change } from './written-file.ts';

/** A site of these nodes, made just now; the rest as the test says. */
function made(
  nodes: readonly SiteNode[] = NODES,
  more: {
    readonly name?: string;
    readonly opened?: Partial<MadeSite['opened']>;
    readonly written?: Partial<WrittenSite>;
  } = {},
): MadeSite {
  const { name = 'plant7' } = more;
  const changes = nodes.map((): Change => 'new');
  return {
    site: { ...siteOf(nodes), name },
    secretsFile: `${name}.secrets`,
    opened: { isNew: true, added: [], seal: 'plain', isResealed: false, ...more.opened },
    written: { directory: `out/${name}`, changes, removed: [], http: false, ...more.written },
  };
}

test('a new site', (t) => {
  t.snapshot(summaryText([made()]));
});

test('a site with a worker more and one less, for a web server too, its secrets encrypted', (t) => {
  const { address: _, ...dhcp } = siteNode('w3', 'worker', 23);
  const summary = summaryText([
    made([...NODES, dhcp], {
      opened: { isNew: false, added: ['w3'], seal: 'recipients' },
      written: {
        ...{ changes: ['changed', 'same', 'same', 'new'], removed: ['w0.iso'], http: true },
      },
    }),
  ]);
  t.snapshot(summary);
});

test('a site in which nothing has changed', (t) => {
  const written = { changes: ['same', 'same', 'same'] } as const;
  t.snapshot(summaryText([made(NODES, { opened: { isNew: false }, written })]));
});

test('a site in which only its secrets are kept otherwise, alone and among others', (t) => {
  const written = { changes: ['same', 'same', 'same'] } as const;
  const opened = { isNew: false, seal: 'passphrase', isResealed: true } as const;
  const site = made(NODES, { opened, written });
  t.snapshot(summaryText([site]));
  t.snapshot(summaryText([site, made(NODES, { name: 'plant8' })]));
});

test('of many nodes the first are shown, and how many there are', (t) => {
  const nodes = Array.from({ length: 1000 }, (_, i) => siteNode(`w${i}`, 'worker', i % 250));
  t.snapshot(summaryText([made([...NODES, ...nodes])]));
});

test('of many nodes those that have changed are shown first', (t) => {
  const nodes = Array.from({ length: 30 }, (_, i) =>
    siteNode(`w${i}`, 'worker', i, { bootstrap: i === 0 }),
  );
  const changes = nodes.map((_, i): Change => (i === 25 ? 'changed' : 'same'));
  const summary = summaryText([made(nodes, { opened: { isNew: false }, written: { changes } })]);
  t.is(summary.split('\n')[1], 'w25   worker  10.0.0.25  x86_64  w25.iso  changed');
});

test('several sites are a line each', (t) => {
  const sites = Array.from({ length: 30 }, (_, i) =>
    made(NODES, { name: `shop-${i + 1}`, opened: { isNew: i % 2 === 0 } }),
  );
  t.snapshot(summaryText(sites));
});

test('programs read every node of every site', (t) => {
  t.snapshot(JSON.stringify(summaryJson([made()]), undefined, 2));
  const nodes = Array.from({ length: 50 }, (_, i) => siteNode(`w${i}`, 'worker', i));
  const { sites } = JSON.parse(JSON.stringify(summaryJson([made([...NODES, ...nodes]), made()])));
  t.is(sites.length, 2);
  t.is(sites[0].nodes.length, 53);
});
