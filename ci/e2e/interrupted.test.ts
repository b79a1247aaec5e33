import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { removeTree } from '../../builder/image/store/temporary.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { coldStore, installLocked } from './installation.ts';
import { type Outcome, processesNaming, startKiln } from './kiln.ts';
import { writeSmallImage } from './small-image.ts';

const SOAK = process.env.KILN_SOAK !== undefined;
const SEED = Number(process.env.KILN_SEED ?? 20_261_122);

/** How long a run may take to end in order. */
const GRACE_SECONDS = 5;

/** A place to build in, all of it of the test's own, so that every leftover shows. */
interface Workshop {
  readonly directory: string;
  readonly out: string;
  readonly temporary: string;
  readonly site: string;
  readonly store: string;
  build(): ReturnType<typeof startKiln>;
  /** Takes the lock and the release away, so that the next build does everything again but what the store keeps. */
  startOver(): Promise<void>;
}

const scratch = await Scratch.create('interrupted');
const place = await workshop(scratch.path);
test.after.always(() => removeTree(scratch.path));

async function workshop(directory: string): Promise<Workshop> {
  const tree = await installLocked(join(directory, 'kiln'), ['images/x86_64.yaml']);
  const out = join(directory, 'out');
  const temporary = join(directory, 'temporary');
  const site = join(directory, 'site');
  await mkdir(site);
  await mkdir(temporary);
  const image = await writeSmallImage(site);
  if (SOAK) await writeFile(image, 'include: [x86_64.yaml]\nname: small\nversion: 1.0.0\n');
  const store = await coldStore(join(directory, 'store'));
  const env = { KILN_STORE: store, HOME: directory, TMPDIR: temporary };
  const argv = ['build', image, '--k0s', 'stand-in', '--out', out];
  return {
    ...{ directory, out, temporary, site, store },
    build: () => startKiln(argv, { tree, env, cwd: site }),
    startOver: async () => {
      await rm(join(site, 'small.lock.json'), { force: true });
      await rm(out, { recursive: true, force: true });
    },
  };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed >>> 0; ; ) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Moments in a run of so many seconds, one in each of as many parts: they are random and yet everywhere. */
function moments(count: number, seconds: number): readonly number[] {
  const random = randomNumbers(SEED);
  return Array.from({ length: count }, (_, i) => ((i + random.next().value) / count) * seconds);
}

async function names(directory: string): Promise<readonly string[]> {
  return existsSync(directory) ? (await readdir(directory)).sort() : [];
}

/** No process, no temporary file, no half release, no half lock. */
async function assertTidy(t: ExecutionContext, when: string): Promise<void> {
  t.deepEqual(await processesNaming(place.directory), [], `processes ${when}`);
  t.deepEqual(await names(place.temporary), [], `temporary files ${when}`);
  t.deepEqual(await names(join(place.store, 'tmp')), [], `work in the store ${when}`);
  const beside = (await names(place.site)).filter((name) => name !== 'small.lock.json');
  t.deepEqual(beside, ['root', 'small.yaml'], `files beside the image ${when}`);
}

/** Builds undisturbed: the release is whole, and alone. Returns how many seconds it took. */
async function buildWhole(t: ExecutionContext): Promise<number> {
  const { code, stderr, seconds } = await place.build().ended;
  t.is(code, 0, stderr);
  t.deepEqual(await names(place.out), ['small-1.0.0-x86_64']);
  t.is((await names(join(place.out, 'small-1.0.0-x86_64'))).length, 6);
  await assertTidy(t, 'after a whole run');
  return seconds;
}

/** Sends signals to a build, a moment between them; undefined when it had ended by itself. */
async function endAt(
  t: ExecutionContext,
  second: number,
  signals: readonly NodeJS.Signals[],
): Promise<{ readonly outcome: Outcome; readonly seconds: number } | undefined> {
  await place.startOver();
  const run = place.build();
  const early = await Promise.race([run.ended, delay(second * 1000)]);
  if (early !== undefined) return undefined;
  const signalledAt = performance.now();
  for (const signal of signals) {
    run.signal(signal);
    await delay(50);
  }
  const outcome = await run.ended;
  const seconds = (performance.now() - signalledAt) / 1000;
  const steps = outcome.stderr.trimEnd().split('\n');
  const step = steps.filter((line) => / s$/.test(line)).at(-1) ?? 'nothing said yet';
  const [at, after] = [second, seconds].map((number) => number.toFixed(2));
  t.log(`${signals.join(' ')} at ${at} s, after "${step}": ${outcome.code} ${after} s later`);
  return { outcome, seconds };
}

/** One Ctrl-C ends a build in order. */
async function interruptAt(t: ExecutionContext, second: number, signal: NodeJS.Signals) {
  const ended = await endAt(t, second, [signal]);
  await assertTidy(t, `after ${signal} at ${second} s`);
  if (ended === undefined) return;
  const { code, stderr } = ended.outcome;
  t.true(ended.seconds < GRACE_SECONDS, `${ended.seconds} s:\n${stderr}`);
  if (code === 0) return;
  t.is(code, 130, stderr);
  t.regex(stderr, /^error: interrupted$/m);
  t.deepEqual(await names(place.out), []);
}

test.serial('Ctrl-C at any moment leaves nothing, and the next run succeeds', async (t) => {
  t.timeout(60 * 60_000);
  // The store is cold: unpacking and compressing are interrupted too, and go on from what is done.
  for (const second of moments(SOAK ? 20 : 4, SOAK ? 60 : 12)) {
    await interruptAt(t, second, 'SIGINT');
  }
  await place.startOver();
  await buildWhole(t);
  await place.startOver();
  const seconds = await buildWhole(t);
  for (const second of moments(SOAK ? 40 : 4, seconds)) {
    await interruptAt(t, second, 'SIGINT');
    await buildWhole(t);
  }
  await interruptAt(t, seconds / 2, 'SIGTERM');
});

test.serial('a second Ctrl-C ends at once', async (t) => {
  t.timeout(10 * 60_000);
  for (const second of moments(SOAK ? 10 : 2, 3)) {
    const ended = await endAt(t, second, ['SIGINT', 'SIGINT']);
    if (ended === undefined) continue;
    t.is(ended.outcome.code, 130);
    t.true(ended.seconds < 1, `${ended.seconds} s`);
    t.deepEqual(await processesNaming(place.directory), []);
  }
  await place.startOver();
  await buildWhole(t);
});

test.serial(
  'after a kill at any moment the next run succeeds, and clears what is left',
  async (t) => {
    t.timeout(60 * 60_000);
    await place.startOver();
    const seconds = await buildWhole(t);
    for (const second of moments(SOAK ? 40 : 5, seconds)) {
      // Without this, only what follows the store's results would be hit.
      await rm(join(place.store, 'derived/initrd'), { recursive: true, force: true });
      await rm(join(place.store, 'derived/kernel-indexes'), { recursive: true, force: true });
      await endAt(t, second, ['SIGKILL']);
      // What it had started ends by itself: nobody feeds it any more.
      for (let i = 0; i < 100 && (await processesNaming(place.directory)).length > 0; i += 1) {
        await delay(100);
      }
      await buildWhole(t);
    }
  },
);
