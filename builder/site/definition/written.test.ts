import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PROJECT_DIRECTORY } from '../../image/definition/project.ts';
import { Scratch } from '../../report/scratch.ts';
import { siteOf, siteWith } from '../../testing/site-files.ts';
import { isSiteFile } from './is-site.ts';
import { loadSite } from './load.ts';
import { siteAsYaml } from './written.ts';

test("the project's example is a site without mistakes, nor anything unusual", async (t) => {
  const { site, warnings } = await loadSite(join(PROJECT_DIRECTORY, 'images/example-site.yaml'));
  t.deepEqual(warnings, []);
  t.is(site.nodes.length, 44);
  t.true(await isSiteFile(join(PROJECT_DIRECTORY, 'images/example-site.yaml')));
  t.false(await isSiteFile(join(PROJECT_DIRECTORY, 'images/x86_64.yaml')));
});

test('a site is known by the key at its top, wherever that is', async (t) => {
  await using scratch = await Scratch.create('is-site');
  const path = join(scratch.path, 'a.yaml');
  const isSite = async (text: string) => {
    await writeFile(path, text);
    return await isSiteFile(path);
  };
  for (const text of [
    'site: a\n',
    '\uFEFFsite: a',
    'api: {}\n"site": a',
    'site:\n  a',
    'site :\tb',
  ]) {
    t.true(await isSite(text), text);
  }
  for (const text of ['', 'sites: a', 'a:\n  site: b\n', '# site: a', 'site:a', 'name: site']) {
    t.false(await isSite(text), text);
  }
});

test('a shown site has every default, and nothing of the files that it names', async (t) => {
  const site = await siteOf(t, {
    'site.yaml': siteWith(`storage: { kine: database }
manifests: { own: a.yaml }
api: { vip: 10.0.0.9/24 }
network: { cni: { calico: { mode: bird } }, gateway: 10.0.0.1, ntp: [10.0.0.1] }
proxy: { http: "http://10.0.0.2:3128" }
defaults: { labels: { a: b }, k0s-args: [--debug], time-zone: UTC, cloud-config: { runcmd: [a] } }
nodes:
  - name: c1
    role: controller+worker
    interfaces:
      - { ethernet: a, mac: "52:54:00:00:00:01" }
      - { bond: up, members: [a] }
      - { vlan: v, id: 5, parent: up, address: 10.0.0.11/24, routes: [{ to: 10.9.0.0/16, via: 10.0.0.2 }], mtu: 1400 }
  - { name: w1, role: worker, serial: A1, uuid: 4C4C4544-0042-3510-8052-B4C04F4A4E31 }
`),
    database: 'postgres://k0s:secret@db/k0s',
    'a.yaml': 'password: secret\n',
  });
  const text = siteAsYaml(site);
  t.false(text.includes('secret'));
  t.snapshot(text);
});

test('every node that is shown reads back as the same node', async (t) => {
  const site = await siteOf(
    t,
    siteWith(
      'groups: [{ name: "x[1-3]", address: "10.0.0.[31-33]/24", mac: "52:54:00:00:01:[0a-0c]" }]',
    ),
  );
  const again = await siteOf(t, siteAsYaml(site));
  t.deepEqual(again, site);
});
