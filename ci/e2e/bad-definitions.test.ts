import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { removeTree } from '../../builder/image/store/temporary.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { installLocked, openDirectory, SHARED_STORE } from './installation.ts';
import { kiln } from './kiln.ts';
import { smallArchive, testedInstallation, withoutSteps } from './small-archive.ts';

const scratch = await Scratch.create('bad-definitions');
const tested = await testedInstallation(join(scratch.path, 'tested'));
const tree = await installLocked(join(scratch.path, 'kiln'), ['images/x86_64.yaml']);
test.after.always(() => removeTree(scratch.path));

/** Runs a command on an image file of somebody's own that includes Kiln's and has its lock. */
async function onImage(
  t: ExecutionContext,
  text: string,
  argv: readonly string[],
): Promise<{ readonly code: number; readonly said: string }> {
  const directory = await openDirectory(t);
  const site = join(directory, 'site');
  await mkdir(site);
  await writeFile(join(site, 'edge.yaml'), text);
  await copyFile(join(tree, 'images/x86_64.lock.json'), join(site, 'edge.lock.json'));
  const env = { KILN_STORE: SHARED_STORE, HOME: directory };
  const { code, stdout, stderr } = await kiln(argv, { tree, env, cwd: site });
  const all = (stdout + stderr).replaceAll(directory, '').replaceAll(scratch.path, '');
  return { code, said: withoutSteps(all).replaceAll(/kernel 6\S+/g, 'kernel 6.x') };
}

const BUILD = ['build', 'edge.yaml', '--k0s', 'stand-in', '--out', 'out'];

/** Everything that can be wrong without looking at packages. */
const WRONG = `include: [x86_64.yaml]
name: Edge
pakages: [nano]
arch: amd64
overlays: [bsae]
kernel:
  flavour: cloud-amd64
  cmdline: ["two words"]
`;

for (const command of [
  ['check', 'edge.yaml'],
  ['lock', 'edge.yaml'],
  ['show', 'edge.yaml'],
  BUILD,
]) {
  test(`kiln ${command[0]} says everything that is wrong in an image file, at once`, async (t) => {
    t.timeout(5 * 60_000);
    const { code, said } = await onImage(t, WRONG, command);
    t.is(code, 2);
    t.snapshot(said);
  });
}

/** One mistake of each kind. Its architecture is right: else it could not be told which packages there are. */
const EVERY_KIND = `include: [x86_64.yaml]
pakages: [nano]
packages: [tcpdmp]
omit: { nmap-comon: not needed }
overlays: [bsae]
kernel:
  modules: [vxlna]
  cmdline: quiet
initrd: { modules: [storge] }
`;

for (const command of [['check', 'edge.yaml'], ['lock', 'edge.yaml'], BUILD]) {
  test(`kiln ${command[0]} says also which packages and modules do not exist, at once`, async (t) => {
    t.timeout(5 * 60_000);
    const { code, said } = await onImage(t, EVERY_KIND, command);
    t.is(code, 2);
    t.snapshot(said);
  });
}

test('kiln check --offline asks nobody', async (t) => {
  t.timeout(5 * 60_000);
  const { code, said } = await onImage(t, EVERY_KIND, ['check', 'edge.yaml', '--offline']);
  t.is(code, 2);
  t.snapshot(said);
});

test('packages and modules that do not exist, in a file without other mistakes', async (t) => {
  t.timeout(5 * 60_000);
  const text = 'include: [x86_64.yaml]\npackages: [tcpdmp]\nkernel: { modules: [vxlna] }\n';
  const { code, said } = await onImage(t, text, ['lock', 'edge.yaml']);
  t.is(code, 2);
  t.snapshot(said);
});

test('modules and units that are not there, in one build', async (t) => {
  t.timeout(5 * 60_000);
  const text = `include: [x86_64.yaml]
kernel: { modules: [vxlna] }
units: { enable: [shh.service] }
`;
  const { code, said } = await onImage(t, text, BUILD);
  t.is(code, 2);
  t.snapshot(said);
});

test('an image file that is no YAML', async (t) => {
  t.timeout(5 * 60_000);
  const { code, said } = await onImage(t, 'packages: [bash\nname: x\n', BUILD);
  t.is(code, 2);
  t.snapshot(said);
});

test('an image file that is not there', async (t) => {
  t.timeout(5 * 60_000);
  const { code, said } = await onImage(t, '', ['build', 'egde.yaml']);
  t.is(code, 2);
  t.snapshot(said);
});

test('kernel modules and sets that the kernel does not have', async (t) => {
  t.timeout(5 * 60_000);
  const text = 'include: [x86_64.yaml]\nkernel: { modules: [vxlna, storge] }\n';
  const { code, said } = await onImage(t, text, BUILD);
  t.is(code, 2);
  t.snapshot(said);
});

test('units that no package has', async (t) => {
  t.timeout(5 * 60_000);
  const text = `include: [x86_64.yaml]
units:
  enable: [shh.service]
  mask: [systemd-timesynced.service]
`;
  const { code, said } = await onImage(t, text, BUILD);
  t.is(code, 2);
  t.snapshot(said);
});

test('an image that lacks what a maintainer script would have made', async (t) => {
  t.timeout(5 * 60_000);
  const { code, said } = await onImage(
    t,
    'include: [x86_64.yaml]\nalternatives: { awk: }\n',
    BUILD,
  );
  t.is(code, 2);
  t.snapshot(said);
});

test('a lock that was made for other packages stops a build', async (t) => {
  t.timeout(5 * 60_000);
  const { code, said } = await onImage(t, 'include: [x86_64.yaml]\npackages: [less]\n', BUILD);
  t.is(code, 3);
  t.snapshot(said);
});

test('packages that the archive does not have', async (t) => {
  t.timeout(5 * 60_000);
  const { run, said, publish, image } = await smallArchive(t, tested);
  await publish();
  const text = `name: tiny
version: 1.2.3
arch: x86_64
suites: { trixie: {} }
packages:
  - bsah
  - zsh
kernel: { flavour: cloud-amd64 }
k0s: { stand-in: true }
`;
  await writeFile(image, text);
  const failed = await run('build', image);
  t.is(failed.code, 2, failed.stderr);
  t.snapshot(said(failed));
});
