import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { writeSmallRelease } from '../../builder/testing/release-fixture.ts';
import { testToolbox } from '../../builder/testing/toolbox.ts';
import { run } from '../../builder/tools/run.ts';
import { hostArch } from '../../builder/tools/toolbox.ts';
import { kiln, startKiln } from './kiln.ts';
import { attachLoop, whyNoLoopDevices } from './loop-devices.ts';

const MEBIBYTE = 1024 * 1024;
const scratch = await Scratch.create('flash-site');
const here = (...names: readonly string[]): string => join(scratch.path, ...names);
const toolbox = await testToolbox();
await writeSmallRelease(here('small'), toolbox, { rootBytes: 2 * MEBIBYTE });
const OTHER = hostArch() === 'arm64' ? 'x86_64' : 'arm64';
await writeFile(
  here('plant7.yaml'),
  `site: plant7
image: { arch: ${hostArch()} }
network: { gateway: 10.0.0.1, ntp: [10.0.0.1] }
nodes:
  - { name: c1, role: controller, address: 10.0.0.11/24 }
  - { name: far, role: worker, address: 10.0.0.31/24, arch: ${OTHER} }
groups:
  - { name: "w[1-2]", role: worker, address: "10.0.0.[21-22]/24" }
`,
);
const obstacle = await whyNoLoopDevices(scratch.path);
if (obstacle !== undefined) process.stdout.write(`devices are left out: ${obstacle}\n`);
test.after.always(() => scratch[Symbol.asyncDispose]());

const surroundings = { tree: PROJECT_DIRECTORY, cwd: scratch.path, env: {} };
const SITE = ['--site', 'plant7.yaml'] as const;

/** The same on every machine. */
const plain = (text: string): string =>
  text.replaceAll(OTHER, 'OTHER').replaceAll(hostArch(), 'ARCH');

async function flash(...argv: readonly string[]) {
  return kiln(['flash', 'small', ...argv], surroundings);
}

/** Whether a disk ends with this seed. */
async function assertSeed(t: ExecutionContext, disk: string, node: string): Promise<void> {
  const iso = await readFile(here('out', 'plant7', `${node}.iso`));
  const sfdisk = [...toolbox.command('sfdisk'), '--json', disk];
  const { partitions } = JSON.parse(
    (await run(sfdisk, { env: toolbox.env })).stdout,
  ).partitiontable;
  const { name, start } = partitions.at(-1);
  t.is(name, 'cidata');
  await using file = await open(disk, 'r');
  const found = Buffer.alloc(iso.length);
  await file.read(found, 0, found.length, start * 512);
  t.true(found.equals(iso), node);
}

test.serial('without secrets of the site nothing is written, and none are made', async (t) => {
  const { code, stderr, stdout } = await flash('new.img', ...SITE, '--node', 'w1');
  t.is(code, 2);
  t.is(stdout, '');
  t.snapshot(plain(stderr));
  await t.throwsAsync(stat(here('new.img')));
  await t.throwsAsync(stat(here('plant7.secrets')));
});

test.serial(
  'a node’s disk has the seed that kiln site makes, and only its owner reads it',
  async (t) => {
    const made = await kiln(['site', 'plant7.yaml'], surroundings);
    t.is(made.code, 0, made.stderr);
    const { code, stdout, stderr } = await flash('w1.img', ...SITE, '--node', 'w1');
    t.is(code, 0, stderr);
    t.regex(stdout, /^w1\.img has small 1\.2\.3 /);
    await assertSeed(t, here('w1.img'), 'w1');
    t.is((await stat(here('w1.img'))).mode & 0o777, 0o600);
    const listed = await flash(...SITE, '--node', 'w1');
    t.regex(listed.stdout, /^DISK +MODEL/);
    await rename(here('plant7.secrets'), here('elsewhere'));
    t.is((await flash('w2.img', ...SITE, '--node', 'w2')).code, 2);
    const named = await flash('w2.img', ...SITE, '--node', 'w2', '--secrets', 'elsewhere');
    t.is(named.code, 0, named.stderr);
    await assertSeed(t, here('w2.img'), 'w2');
    await rename(here('elsewhere'), here('plant7.secrets'));
  },
);

test.serial('what does not go together is refused', async (t) => {
  for (const argv of [
    [...SITE, '--node', 'W1'],
    [...SITE, '--node', 'far'],
    [...SITE, '--node', 'w1', '--seed', 'w1.iso'],
    [...SITE, '--node', 'w1', '--rack'],
    ['--site', 'plant8.yaml', '--node', 'w1'],
  ]) {
    const { code, stderr } = await flash('no.img', ...argv);
    t.is(code, 2);
    t.snapshot(plain(stderr), argv.join(' '));
  }
  await t.throwsAsync(stat(here('no.img')));
});

/** Kiln, waiting for cards; what it has said so far can be waited for. */
function startRack(...more: readonly string[]) {
  const argv = ['flash', 'huge', '--rack', ...SITE, '--only', 'c1,w[1-2]', '--yes', ...more];
  const running = startKiln(argv, surroundings);
  let text = '';
  running.onError((chunk) => {
    text += chunk;
  });
  const until = async (what: string): Promise<void> => {
    for (let i = 0; !text.includes(what); i += 1) {
      if (i > 1200) throw new Error(`${what} was never said:\n${text}`);
      await delay(50);
    }
  };
  return { ...running, until };
}

// No disk of the machine that runs this may ever fit: what is plugged in meanwhile must not be written.
test.serial('a rack waits for cards, and who interrupts is told how to go on', async (t) => {
  t.timeout(5 * 60_000);
  await writeSmallRelease(here('huge'), toolbox, {
    ...{ rootBytes: MEBIBYTE, values: { 'root-slot': '1000T', 'verity-slot': '32M' } },
  });
  const rack = startRack('--from', 'w1', '--labels', 'labels.html');
  await rack.until('[1/2] w1: worker, 10.0.0.21\nInsert the card for w1.\n');
  if (obstacle === undefined) {
    const device = await attachLoop(t, here('probe'), 700 * MEBIBYTE);
    await rack.until(`${device}, is not written:\n  it is too small`);
  }
  rack.signal('SIGINT');
  const { code, stdout, stderr } = await rack.ended;
  t.is(code, 130);
  t.is(stdout, '');
  t.snapshot(stderr.slice(stderr.lastIndexOf('\n\n')));
});
