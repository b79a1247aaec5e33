import { constants } from 'node:fs';
import { chmod, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { noteSector, titleInNote } from '../../builder/flash/disk/note.ts';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { noise, writeSmallRelease } from '../../builder/testing/release-fixture.ts';
import { testToolbox } from '../../builder/testing/toolbox.ts';
import { run } from '../../builder/tools/run.ts';
import { kiln, type Outcome } from './kiln.ts';
import { attachLoop, host, whyNoLoopDevices } from './loop-devices.ts';

const MEBIBYTE = 1024 * 1024;
/** Nobody's, and of no group. */
const STRANGER = 65_534;

const scratch = await Scratch.create('flash-devices');
await chmod(scratch.path, 0o755);
const toolbox = await testToolbox();
const release = join(scratch.path, 'small');
await writeSmallRelease(release, toolbox, { rootBytes: 5 * MEBIBYTE });
const obstacle = await whyNoLoopDevices(scratch.path);
const onDevices = obstacle === undefined ? test.serial : test.serial.skip;
if (obstacle !== undefined) process.stdout.write(`devices are left out: ${obstacle}\n`);
test.after.always(() => scratch[Symbol.asyncDispose]());

/** A device over a file; it goes when the test ends. */
async function loop(
  t: ExecutionContext,
  { file = 'disk', sizeBytes = 800 * MEBIBYTE, options = [] as readonly string[] } = {},
): Promise<string> {
  const path = join(scratch.path, file);
  await writeFile(path, noise(MEBIBYTE, 'old'));
  return await attachLoop(t, path, sizeBytes, options);
}

function flash(
  device: string,
  more: readonly string[] = ['--yes'],
  uid?: number,
): Promise<Outcome> {
  return kiln(['flash', release, device, ...more], {
    ...{ tree: PROJECT_DIRECTORY, cwd: scratch.path, env: {} },
    ...(uid !== undefined && { uid }),
  });
}

function plain(text: string): string {
  return text
    .replaceAll(/\/dev\/loop\d+/g, '/dev/LOOP')
    .replaceAll(/loop\d+/g, 'LOOP')
    .replaceAll(/\/\S*\/kiln-flash-devices-[^/\s]*/g, 'HERE')
    .replaceAll(/x86_64|arm64/g, 'ARCH');
}

async function firstSector(path: string): Promise<Buffer> {
  await using file = await open(path, 'r');
  const sector = Buffer.alloc(512);
  await file.read(sector, 0, 512, 0);
  return sector;
}

onDevices(
  'a device is written, read back, and has a sound table up to its last sector',
  async (t) => {
    const device = await loop(t, { sizeBytes: 800 * MEBIBYTE + 512 });
    const { code, stdout, stderr } = await flash(device);
    t.is(code, 0, stderr);
    t.regex(stdout, /^\/dev\/loop\d+ has small 1\.2\.3 \S+: 9\.\d MB in [\d.]+ s, read back\n$/);
    const sfdisk = [...toolbox.command('sfdisk'), '--verify', device];
    t.regex((await run(sfdisk, { env: toolbox.env })).stdout, /No errors detected/);
  },
);

onDevices('a device is never written without consent', async (t) => {
  const device = await loop(t);
  const { code, stderr } = await flash(device, []);
  t.is(code, 2);
  t.snapshot(plain(stderr).replace(/to \S*HERE\S*,/, 'to HERE/disk,'));
  t.true((await firstSector(device)).equals(noise(MEBIBYTE, 'old').subarray(0, 512)));
});

onDevices('a device that another program has claimed is in use', async (t) => {
  const device = await loop(t);
  await using _claim = await open(device, constants.O_RDWR | constants.O_EXCL);
  const { code, stderr } = await flash(device);
  t.is(code, 6);
  t.snapshot(plain(stderr));
});

onDevices('a mounted device is refused', async (t) => {
  const device = await loop(t);
  const [image, tree] = [join(scratch.path, 'squashfs'), join(scratch.path, 'tree.tar')];
  host('tar', '--create', '--file', tree, '--directory', scratch.path, 'probe');
  const sqfstar = [...toolbox.command('sqfstar'), '-quiet', '-no-progress', image];
  await run(sqfstar, { env: toolbox.env, input: await readFile(tree) });
  host('dd', `if=${image}`, `of=${device}`, 'status=none');
  const point = join(scratch.path, 'mounted');
  await mkdir(point);
  try {
    host('mount', '-t', 'squashfs', '-o', 'ro', device, point);
  } catch (error) {
    t.log(`left out: ${error}`);
    return t.pass();
  }
  t.teardown(() => host('umount', point));
  const { code, stderr } = await flash(device);
  t.is(code, 2);
  t.snapshot(plain(stderr));
  return undefined;
});

onDevices('a file that is a device at the same time is not written behind its back', async (t) => {
  await loop(t);
  const { code, stderr } = await flash('disk');
  t.is(code, 2);
  t.snapshot(plain(stderr));
});

onDevices('a read-only device is refused', async (t) => {
  const { code, stderr } = await flash(await loop(t, { options: ['--read-only'] }));
  t.is(code, 2);
  t.snapshot(plain(stderr));
});

onDevices('so is one with sectors of 4096 bytes', async (t) => {
  const { code, stderr } = await flash(await loop(t, { options: ['--sector-size', '4096'] }));
  t.is(code, 2);
  t.snapshot(plain(stderr));
});

onDevices('and one that is too small', async (t) => {
  const { code, stderr } = await flash(await loop(t, { sizeBytes: 100 * MEBIBYTE }));
  t.is(code, 2);
  t.snapshot(plain(stderr));
});

onDevices('a user who may not write it is told how he may', async (t) => {
  const device = await loop(t);
  await chmod(device, 0o600);
  const { code, stderr } = await flash(device, ['--yes'], STRANGER);
  t.is(code, 6, stderr);
  t.snapshot(plain(stderr));
});

onDevices('a device that has less room than it says is noticed, and keeps its note', async (t) => {
  const point = join(scratch.path, 'little');
  await mkdir(point);
  host('mount', '-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', point);
  t.teardown(() => host('umount', '--lazy', point));
  const device = await loop(t, { file: 'little/disk' });
  const { code, stdout, stderr } = await flash(device);
  t.is(code, 6, stderr);
  t.is(stdout, '');
  t.regex(plain(stderr), /warning: \/dev\/LOOP has no image now, and says so/);
  t.regex(
    plain(stderr),
    /error: \/dev\/LOOP cannot be written at byte \d+: (the device reports an error|there is no space left)\nhint: /,
  );
  t.regex(titleInNote(await firstSector(device)) ?? '', /^small 1\.2\.3 /);
  t.true((await stat(join(scratch.path, 'little/disk'))).blocks * 512 <= 6 * MEBIBYTE);
});

onDevices('a disk whose flashing was interrupted says so in the list', async (t) => {
  const device = await loop(t);
  await using file = await open(device, 'r+');
  await file.write(noteSector('kiln 0.1.0 x86_64'), 0, 512, 0);
  await file.sync();
  const { stdout } = await kiln(['flash', release], {
    ...{ tree: PROJECT_DIRECTORY, cwd: scratch.path, env: {} },
  });
  t.true(stdout.includes('\n    nothing whole: flashing of kiln 0.1.0 x86_64 was interrupted\n'));
});
