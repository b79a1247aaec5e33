import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { clockAhead } from './clock.ts';
import { differences } from './difference.ts';
import { coldStore, install, installLocked, openDirectory, SHARED_STORE } from './installation.ts';
import { kiln, type Surroundings } from './kiln.ts';
import { giveTo, listing, makeReadOnly } from './ownership.ts';

/** Both cost the same: the long form builds both. */
const IMAGES = ['images/x86_64.yaml', ...(process.env.KILN_SOAK ? ['images/arm64.yaml'] : [])];

/** A user who is in no passwd file. */
const STRANGER = 12_345;

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/** Builds an image and returns the directory of its release. */
async function build(
  t: ExecutionContext,
  image: string,
  out: string,
  surroundings: Surroundings,
): Promise<string> {
  const argv = ['build', image, '--k0s', 'stand-in', '--out', out];
  const { code, stdout, stderr, seconds } = await kiln(argv, surroundings);
  t.log(`${image} in ${surroundings.tree}: ${seconds.toFixed(1)} s`);
  t.is(code, 0, stderr);
  return stdout.trim();
}

/** Another user, where this one may become another. */
function stranger(t: ExecutionContext): number | undefined {
  const { status } = spawnSync(process.execPath, ['--version'], { uid: STRANGER, gid: STRANGER });
  if (status === 0) return STRANGER;
  t.log('not tried: another user, as this one may not become one, or node is not for everybody');
  return undefined;
}

/** A program that lets another run on one core only, where the machine has it. */
function oneCore(t: ExecutionContext): readonly string[] {
  const wrapper = ['taskset', '-c', '0'];
  if (spawnSync('taskset', ['-c', '0', 'true']).status === 0) return wrapper;
  t.log('not tried: another number of cores, as there is no taskset');
  return [];
}

/** Two installations with the same lock, and two users. The second one's may write nothing there, and has nothing. */
interface Bench {
  readonly directory: string;
  readonly mine: Surroundings;
  readonly theirs: Surroundings;
  /** The second one's home directory. */
  readonly home: string;
}

async function prepare(t: ExecutionContext): Promise<Bench> {
  const directory = await openDirectory(t);
  const here = await installLocked(join(directory, 'a'), IMAGES);
  const elsewhere = await install(join(directory, 'in/a/much deeper/directory, with spaces'), here);
  const place = join(directory, 'home of a stranger');
  const home = join(place, 'empty');
  await mkdir(home, { recursive: true });
  const store = await coldStore(join(place, 'store'));
  const uid = stranger(t);
  if (uid !== undefined) await giveTo(uid, place);
  await makeReadOnly(elsewhere);
  const env = { KILN_STORE: SHARED_STORE, TZ: 'America/St_Johns', LANG: 'de_DE.UTF-8' };
  return {
    directory,
    home,
    mine: { tree: here, env },
    theirs: {
      tree: elsewhere,
      cwd: home,
      env: {
        ...{ KILN_STORE: store, HOME: home, TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8' },
        ...{ NODE_OPTIONS: clockAhead(YEAR_MS), UV_THREADPOOL_SIZE: '1', SOURCE_DATE_EPOCH: '1' },
      },
      umask: '077',
      wrapper: oneCore(t),
      ...(uid !== undefined && { uid }),
    },
  };
}

test('another directory, time, zone, language, umask, user, number of cores and store: the same bytes; and who may write nowhere else can lock', async (t) => {
  t.timeout(20 * 60_000);
  const { directory, home, mine, theirs } = await prepare(t);
  const before = await listing(theirs.tree);
  const out = join(dirname(home), 'out');
  for (const image of IMAGES) {
    const one = await build(t, image, join(directory, 'out'), mine);
    const other = await build(t, join(theirs.tree, image), out, theirs);
    t.deepEqual(await differences(one, other), []);
    t.deepEqual((await readdir(one)).map(extname).sort(), [
      ...['.bmap', '.efi', '.json', '.raw', '.zst', '.zst'],
    ]);
  }
  t.deepEqual(await readdir(home), [], 'nothing was written to the home');
  t.deepEqual(await listing(theirs.tree), before, 'nothing was written to the installation');

  const unlocked = await install(join(directory, 'unlocked'), mine.tree);
  for (const name of await readdir(join(unlocked, 'images'))) {
    if (name.endsWith('.lock.json')) await rm(join(unlocked, 'images', name));
  }
  await makeReadOnly(unlocked);
  const { NODE_OPTIONS, ...env } = theirs.env;
  const release = await build(t, join(unlocked, 'images/x86_64.yaml'), join(out, 'unlocked'), {
    ...theirs,
    ...{ tree: unlocked, env, wrapper: [] },
  });
  t.is((await readdir(release)).length, 6);
  const kept = await readdir(join(home, '.cache/kiln/locks'), { recursive: true });
  t.deepEqual(
    kept
      .map((path) => basename(path))
      .filter((name) => name.endsWith('.json'))
      .sort(),
    [...['tools.lock.json', 'x86_64.lock.json']],
  );
  const doctor = await kiln(['doctor', '--out', out], { ...theirs, env });
  t.is(doctor.code, 0, doctor.stderr);
});
