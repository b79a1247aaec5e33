import { chmod, mkdir, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { titleInNote } from '../../builder/flash/disk/note.ts';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { mappedOf, noise, writeSmallRelease } from '../../builder/testing/release-fixture.ts';
import { testToolbox } from '../../builder/testing/toolbox.ts';
import { run } from '../../builder/tools/run.ts';
import { seedIso } from '../../test-vm/seed/media.ts';
import { kiln, type Outcome, startKiln } from './kiln.ts';

const MEBIBYTE = 1024 * 1024;
const SEED = Number(process.env.KILN_SEED ?? 20_261_128);
const scratch = await Scratch.create('flash');
await chmod(scratch.path, 0o755);
const toolbox = await testToolbox();
const release = join(scratch.path, 'small');
const raw = await writeSmallRelease(release, toolbox, {
  rootBytes: 96 * MEBIBYTE,
  hasInstaller: true,
});
const iso = join(scratch.path, 'w1.iso');
await seedIso(toolbox, {
  image: iso,
  label: 'cidata',
  files: { 'meta-data': 'instance-id: w1\n' },
});
test.after.always(() => scratch[Symbol.asyncDispose]());

const surroundings = { tree: PROJECT_DIRECTORY, cwd: scratch.path, env: {} };

function flash(...argv: readonly string[]): Promise<Outcome> {
  return kiln(['flash', release, ...argv], surroundings);
}

/** The same on every machine. */
const plain = (text: string): string => text.replaceAll(/x86_64|arm64/g, 'ARCH');

/** A file that held something before. */
async function usedFile(name: string): Promise<string> {
  const path = join(scratch.path, name);
  await writeFile(path, noise(MEBIBYTE, 'old'));
  await truncate(path, 800 * MEBIBYTE);
  return path;
}

async function firstSector(path: string): Promise<Buffer> {
  await using file = await open(path, 'r');
  const sector = Buffer.alloc(512);
  await file.read(sector, 0, 512, 0);
  return sector;
}

async function assertWhole(t: ExecutionContext, path: string): Promise<void> {
  await using file = await open(path, 'r');
  await using image = await open(raw, 'r');
  for (const [start, end] of (await mappedOf(raw)).slice(1, -1)) {
    const [one, other] = [Buffer.alloc(end - start), Buffer.alloc(end - start)];
    await file.read(one, 0, one.length, start);
    await image.read(other, 0, other.length, start);
    t.true(one.equals(other), `bytes ${start} to ${end}`);
  }
  const sfdisk = [...toolbox.command('sfdisk'), '--verify', path];
  t.regex((await run(sfdisk, { env: toolbox.env })).stdout, /No errors detected/);
}

test.serial('without a disk they are listed, and nothing is written', async (t) => {
  const { code, stdout, stderr } = await flash();
  t.is(code, 0, stderr);
  t.regex(stdout, /^DISK +MODEL +SERIAL +SIZE +BUS +CAN BE WRITTEN\n/);
});

test.serial('a new file becomes a disk that only its owner reads when it has a seed', async (t) => {
  const { code, stdout, stderr } = await flash('new.img', '--seed', iso);
  t.is(code, 0, stderr);
  t.regex(stdout, /^new\.img has small 1\.2\.3 \S+: 10\d\.\d MB in [\d.]+ s, read back/);
  await assertWhole(t, join(scratch.path, 'new.img'));
  t.is((await stat(join(scratch.path, 'new.img'))).mode & 0o777, 0o600);
  t.is((await flash('plain.img', '--no-verify')).code, 0);
  t.is((await stat(join(scratch.path, 'plain.img'))).mode & 0o777, 0o644);
  t.true((await readFile(join(scratch.path, 'plain.img'))).equals(await readFile(raw)));
});

test.serial(
  'the installer and a seed go onto one stick, and not onto a rack of cards',
  async (t) => {
    const { code, stdout, stderr } = await flash('stick.img', '--installer', '--seed', iso);
    t.is(code, 0, stderr);
    t.regex(
      stdout,
      /^stick\.img has installer of small 1\.2\.3 \S+: \d\.\d MB in [\d.]+ s, read back/,
    );
    t.is((await stat(join(scratch.path, 'stick.img'))).mode & 0o777, 0o600);
    const rack = await flash('--installer', '--rack', '--site', 'x.yaml');
    t.is(rack.code, 2);
    t.regex(rack.stderr, /'--installer' cannot be used with option '--rack'/);
  },
);

test.serial('a file with something in it is written over only with consent', async (t) => {
  const path = await usedFile('used.img');
  const { code, stderr } = await flash('used.img');
  t.is(code, 2);
  t.snapshot(plain(stderr));
  t.true((await firstSector(path)).equals(noise(MEBIBYTE, 'old').subarray(0, 512)));
  t.is((await flash('used.img', '--yes')).code, 0);
  await assertWhole(t, path);
});

test.serial('what is no place for an image is refused, with the way out', async (t) => {
  await writeFile(join(scratch.path, 'small.img'), noise(MEBIBYTE, 'small'));
  const odd = join(scratch.path, 'odd.img');
  await writeFile(odd, 'some text');
  await truncate(odd, 900_000_001);
  await mkdir(join(scratch.path, 'directory'), { recursive: true });
  for (const place of [
    '/dev/null',
    '/dev/nosuchdisk',
    'directory',
    'no/where.img',
    'small.img',
    'odd.img',
  ]) {
    const { code, stderr, stdout } = await flash(place, '--yes');
    t.is(code, 2, stderr);
    t.is(stdout, '');
    t.snapshot(stderr, place);
  }
  const own = await flash(raw, '--yes');
  t.is(own.code, 2);
  t.snapshot(plain(own.stderr).replace(scratch.path, '.'), 'the release itself');
  const { code, stderr } = await kiln(['flash', 'directory', 'new2.img'], surroundings);
  t.is(code, 2);
  t.snapshot(stderr, 'no release');
});

/** Kiln, flashing, some milliseconds after it has begun to write; undefined when it was done by then. */
async function flashing(path: string, milliseconds: number) {
  const running = startKiln(['flash', release, path, '--yes'], surroundings);
  let ended = false;
  void running.ended.then(() => {
    ended = true;
  });
  while (!ended && titleInNote(await firstSector(path)) === undefined) await delay(1);
  await delay(milliseconds);
  return running;
}

test.serial(
  'who is killed leaves a note or all of it, and the next run completes it',
  async (t) => {
    const found = { note: 0, whole: 0 };
    for (let round = 0; round < 8; round += 1) {
      const path = await usedFile('killed.img');
      const milliseconds = noise(4, `${SEED} ${round}`).readUInt32LE() % 300;
      const running = await flashing(path, milliseconds);
      running.signal('SIGKILL');
      await running.ended;
      if (titleInNote(await firstSector(path)) !== undefined) {
        found.note += 1;
        t.is((await flash(path, '--yes')).code, 0);
      } else found.whole += 1;
      await assertWhole(t, path);
    }
    t.log(`seed ${SEED}`, found);
    t.true(found.note > 0);
  },
);

test.serial('who presses Ctrl-C is told what is on the disk now', async (t) => {
  const path = await usedFile('interrupted.img');
  const running = await flashing(path, 0);
  running.signal('SIGINT');
  const { code, stdout, stderr } = await running.ended;
  if (code === 0) return t.log('it was done by then');
  t.is(code, 130);
  t.is(stdout, '');
  const lines = stderr.replaceAll(path, 'DISK').split('\n');
  t.snapshot(lines.filter((line) => /^(warning|error|hint)/.test(line)));
  t.regex(titleInNote(await firstSector(path)) ?? '', /^small 1\.2\.3 /);
  return undefined;
});

test.serial('a new file that could not be finished goes again', async (t) => {
  const path = join(scratch.path, 'unfinished.img');
  const damaged = join(scratch.path, 'damaged');
  await writeSmallRelease(damaged, toolbox, { rootBytes: MEBIBYTE });
  const [, , , [start = 0] = []] = await mappedOf(raw);
  for (const name of [raw, `${raw}.zst`].map((each) =>
    join(damaged, each.split('/').at(-1) ?? ''),
  )) {
    await using file = await open(name, 'r+');
    await file.write(
      Buffer.from('damage'),
      0,
      6,
      name.endsWith('.zst') ? 3 * MEBIBYTE : start + 99,
    );
  }
  const { code, stderr } = await kiln(['flash', damaged, path], surroundings);
  t.is(code, 4, stderr);
  t.false(stderr.includes('warning'), stderr);
  await t.throwsAsync(stat(path));
});
