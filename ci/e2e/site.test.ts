import { copyFile, cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Scratch } from '../../builder/report/scratch.ts';
import { clockAhead } from './clock.ts';
import { openDirectory } from './installation.ts';
import { kilnSite, siteText, writeSiteFile } from './site-files.ts';
import { withoutSteps } from './small-archive.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const scratch = await Scratch.create('site');
test.after.always(() => scratch[Symbol.asyncDispose]());

/** Secrets that were made once: keys take their time. */
const shared = join(scratch.path, 'plant7.secrets');
test.before(async (t) => {
  t.timeout(5 * 60_000);
  await writeSiteFile(scratch.path, siteText(5));
  const { code, stderr } = await kilnSite(scratch.path, ['plant7.yaml', '--out', 'unused']);
  t.is(code, 0, stderr);
});

/** A directory with a site's file and its secrets, where nothing was made yet. */
async function sitePlace(t: ExecutionContext, text = siteText(5)): Promise<string> {
  t.timeout(5 * 60_000);
  const directory = await openDirectory(t);
  await writeSiteFile(directory, text);
  await copyFile(shared, join(directory, 'plant7.secrets'));
  return directory;
}

/** Every file below a directory with its mode and bytes. */
async function contentsOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(directory, { recursive: true })).sort();
  const entries = names.map(async (name) => {
    const found = await stat(join(directory, name));
    const bytes = found.isFile() ? await readFile(join(directory, name), 'latin1') : '';
    return [name, `${(found.mode & 0o7777).toString(8)} ${bytes}`] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

test('another directory, time, zone, language, umask and number of threads: the same bytes and modes', async (t) => {
  const [here, elsewhere] = [await sitePlace(t), await sitePlace(t)];
  const first = await kilnSite(here, ['plant7.yaml', '--http'], {
    env: { TZ: 'America/St_Johns', LANG: 'de_DE.UTF-8' },
    umask: '000',
  });
  t.is(first.code, 0, first.stderr);
  const cwd = join(elsewhere, 'in/a much deeper place');
  await mkdir(cwd, { recursive: true });
  const other = await kilnSite(cwd, ['../../plant7.yaml', '--http', '--out', '../../out'], {
    env: {
      ...{ TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8', UV_THREADPOOL_SIZE: '1' },
      ...{ NODE_OPTIONS: clockAhead(100 * DAY_MS), SOURCE_DATE_EPOCH: '1' },
    },
    umask: '077',
  });
  t.is(other.code, 0, other.stderr);
  const [one, same] = [
    await contentsOf(join(here, 'out')),
    await contentsOf(join(elsewhere, 'out')),
  ];
  t.deepEqual(Object.keys(one), Object.keys(same));
  t.deepEqual(
    Object.keys(one).filter((name) => one[name] !== same[name]),
    [],
  );
  const modes = Object.entries(one).map(([name, text]) => `${name} ${text.slice(0, 3)}`);
  t.deepEqual(
    modes.filter((line) => !/ (600|700)$/.test(line)),
    [],
    'with umask 000 too, only the owner reads anything',
  );
});

test('a change of one node changes that node’s ISO, and neither bytes nor time of any other file', async (t) => {
  const directory = await sitePlace(t);
  t.is((await kilnSite(directory, ['plant7.yaml'])).code, 0);
  const out = join(directory, 'out/plant7');
  const before = await contentsOf(out);
  const times = async () =>
    await Promise.all(
      (await readdir(out))
        .sort()
        .map(async (name) => `${name} ${(await stat(join(out, name))).mtimeMs}`),
    );
  const timesBefore = await times();
  await writeSiteFile(directory, siteText(5, { moved: [3] }));
  const { code, stdout } = await kilnSite(directory, ['plant7.yaml', '--json']);
  t.is(code, 0);
  const after = await contentsOf(out);
  t.deepEqual(
    Object.keys(after).filter((name) => after[name] !== before[name]),
    ['w3.iso'],
  );
  const touched = (await times()).filter((line) => !timesBefore.includes(line));
  t.is(touched.length, 1);
  const [{ nodes }] = JSON.parse(stdout).sites;
  t.deepEqual(
    nodes.map(({ name, change }: Record<string, string>) => `${name} ${change}`),
    ['c1 same', 'w0 same', 'w1 same', 'w2 same', 'w3 changed', 'w4 same'],
  );
});

test('a node that is gone takes its ISO with it', async (t) => {
  const directory = await sitePlace(t);
  t.is((await kilnSite(directory, ['plant7.yaml'])).code, 0);
  await writeSiteFile(directory, siteText(4));
  const { stdout } = await kilnSite(directory, ['plant7.yaml']);
  t.regex(stdout, /^removed +w4\.iso$/m);
  t.false((await readdir(join(directory, 'out/plant7'))).includes('w4.iso'));
});

const WRONG = `site: shop
network: { gateway: 10.1.0.1 }
nodes:
  - { name: C1, role: boss, address: 10.0.0.11/24 }
`;

test('one wrong site file of several: all mistakes are told, and nothing is written', async (t) => {
  const directory = await sitePlace(t);
  await writeSiteFile(directory, WRONG, 'shop.yaml');
  await writeSiteFile(directory, 'site: [\n', 'broken.yaml');
  const before = await contentsOf(directory);
  const argv = ['plant7.yaml', 'shop.yaml', 'broken.yaml', 'missing.yaml'];
  const { code, stdout, stderr } = await kilnSite(directory, argv);
  t.is(code, 2);
  t.is(stdout, '');
  t.snapshot(withoutSteps(stderr));
  t.deepEqual(await contentsOf(directory), before);
});

test('a bundle that others may read stops all sites before anything is written', async (t) => {
  const directory = await sitePlace(t);
  await writeSiteFile(directory, siteText(1, { name: 'shop' }), 'shop.yaml');
  await cp(join(directory, 'plant7.yaml'), join(directory, 'shop.secrets'));
  const before = await contentsOf(directory);
  const { code, stderr } = await kilnSite(directory, ['plant7.yaml', 'shop.yaml']);
  t.is(code, 6, stderr);
  t.regex(stderr, /shop\.secrets has mode 0644/);
  t.deepEqual(await contentsOf(directory), before);
});

test('what is unusual in a template that sites share is told once', async (t) => {
  const directory = await sitePlace(t);
  const node = { name: 'c1', role: 'single', address: '10.0.0.11/24' };
  const template = { network: { gateway: '10.0.0.1' }, nodes: [node] };
  await writeSiteFile(directory, JSON.stringify(template), 'template.yaml');
  // They are not made, as their names clash.
  for (const name of ['a', 'b']) {
    await writeSiteFile(directory, 'include: [template.yaml]\nsite: shop\n', `${name}.yaml`);
  }
  const { stderr } = await kilnSite(directory, ['a.yaml', 'b.yaml']);
  t.snapshot(withoutSteps(stderr));
});

test('two files that are one site, and one bundle for two sites, are mistakes', async (t) => {
  const directory = await sitePlace(t);
  await writeSiteFile(directory, siteText(2), 'other.yaml');
  const before = await contentsOf(directory);
  const same = await kilnSite(directory, ['plant7.yaml', 'other.yaml']);
  t.is(same.code, 2);
  t.snapshot(withoutSteps(same.stderr));
  const one = await kilnSite(directory, ['plant7.yaml', 'other.yaml', '--secrets', 'a']);
  t.is(one.code, 2);
  t.snapshot(withoutSteps(one.stderr));
  t.deepEqual(await contentsOf(directory), before);
});
