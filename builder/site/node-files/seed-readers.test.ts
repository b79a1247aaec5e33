import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PROJECT_DIRECTORY } from '../../image/definition/project.ts';
import { Scratch } from '../../report/scratch.ts';
import { SITE_CASES } from '../../testing/site-cases.ts';
import { toySecrets } from '../../testing/site-fixture.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { run } from '../../tools/run.ts';
import { nodeFilesOf } from './node-files-of.ts';

// Debian's cloud-init and netplan, as boxes have them, on what is made for every kind of site.
const TOOLBOX = testToolbox('ci/seed-tools.yaml');

test('cloud-init schema accepts every user-data, vendor-data and network-config', async (t) => {
  t.timeout(5 * 60_000);
  const documents = [
    ...textsOf('user-data').map((text) => ({ kind: 'cloud-config', text })),
    ...textsOf('vendor-data').map((text) => ({ kind: 'cloud-config', text })),
    ...textsOf('network-config').map((text) => ({ kind: 'network-config', text })),
  ];
  t.true(documents.length > 20);
  const { stdout, stderr, exitCode } = await schema(documents);
  t.is(stdout.trim(), '');
  t.is(exitCode, 0, stderr);
});

test('cloud-init schema would have found a mistake', async (t) => {
  t.timeout(5 * 60_000);
  const documents = [
    { kind: 'cloud-config', text: '#cloud-config\nntp: { server: a }\n' },
    { kind: 'network-config', text: 'version: 2\nethernets: { lan: { mtu: big } }\n' },
  ];
  const { stdout, exitCode } = await schema(documents);
  t.is(exitCode, 1);
  t.is(stdout.match(/exit status 1/g)?.length, 2, stdout);
});

test('netplan makes files for networkd of every network-config', async (t) => {
  t.timeout(5 * 60_000);
  for (const text of textsOf('network-config')) {
    t.true((await networkd(text)).includes('.network'), text);
  }
});

for (const [name, node] of [
  ['bonds and VLANs', 'w1'],
  ['two families', 'w1'],
  ['everything else', 'w2'],
] as const) {
  test(`what networkd gets of a network-config: ${name}`, async (t) => {
    t.snapshot(await networkd(fileOf(name, node, 'network-config')));
  });
}

type FileName = 'user-data' | 'vendor-data' | 'network-config';

/** All different texts of a file. */
function textsOf(file: FileName): readonly string[] {
  const texts = Object.entries(SITE_CASES).flatMap(([name, { nodes }]) =>
    nodes.map((node) => fileOf(name, node.name, file)),
  );
  return [...new Set(texts)];
}

function fileOf(siteName: string, nodeName: string, file: FileName): string {
  const site = SITE_CASES[siteName];
  const node = site?.nodes.find(({ name }) => name === nodeName);
  if (site === undefined || node === undefined) throw new Error(`${siteName}, ${nodeName}`);
  return nodeFilesOf(site, toySecrets(site))(node).files[file];
}

async function schema(documents: readonly { readonly kind: string; readonly text: string }[]) {
  const toolbox = await TOOLBOX;
  const script = join(PROJECT_DIRECTORY, 'test-vm/box/cloud_init_schema.py');
  return await run([...toolbox.command('python3.13'), script], {
    env: {
      ...toolbox.env,
      LC_ALL: 'C.UTF-8',
      PYTHONPATH: join(toolbox.root, 'usr/lib/python3/dist-packages'),
    },
    input: Buffer.from(JSON.stringify(documents)),
    okExitCodes: [0, 1],
  });
}

/** The files for networkd that netplan's generator makes of a network-config, with their names. */
async function networkd(text: string): Promise<string> {
  const toolbox = await TOOLBOX;
  await using scratch = await Scratch.create('netplan');
  const directory = join(scratch.path, 'etc/netplan');
  await mkdir(directory, { recursive: true });
  const indented = text.replaceAll(/^(?=.)/gm, '  ');
  await writeFile(join(directory, 'seed.yaml'), `network:\n${indented}`, { mode: 0o600 });
  // It is in no directory of programs.
  const argv = [...toolbox.command('../libexec/netplan/generate'), '--root-dir', scratch.path];
  await run(argv, { env: toolbox.env });
  // What else it makes depends on the cards that the machine has.
  const made = join(scratch.path, 'run/systemd/network');
  const names = (await readdir(made)).sort();
  const shown = names.map(async (name) => {
    return `==> ${name}\n${await readFile(join(made, name), 'utf8')}`;
  });
  return (await Promise.all(shown)).join('\n');
}
