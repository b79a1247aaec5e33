import test from 'ava';
import { siteOf, siteWith } from '../../testing/site-files.ts';
import { siteAsYaml } from './written.ts';

test('a shown site has the order for the installer in the words of a site file', async (t) => {
  const lines = 'install: { disk: { serial: A, size: ">=200G" } }\n';
  const site = await siteOf(t, siteWith(lines));
  const shown = siteAsYaml(site);
  const order = `    install:
      disk:
        serial: A
        size: ">=200G"
      wipe: false
      var: keep
      then: reboot
`;
  t.is(shown.split(order).length - 1, 2, shown);
  t.false(siteAsYaml(await siteOf(t, siteWith(''))).includes('install'));
});

test('a shown site has the disk for /var in the words of a site file', async (t) => {
  const site = await siteOf(t, siteWith('var: { disk: { serial: A } }\n'));
  const shown = siteAsYaml(site);
  t.is(
    shown.split('    var:\n      disk:\n        serial: A\n      wipe: false\n').length - 1,
    2,
    shown,
  );
});
