import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { removeTree } from '../../builder/image/store/temporary.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { coldStore } from './installation.ts';
import { type Outcome, processesNaming } from './kiln.ts';
import { assertTidy, namesIn, workshop } from './workshop.ts';

const SOAK = process.env.KILN_SOAK !== undefined;
const SEED = Number(process.env.KILN_SEED ?? 20_261_122);

/** How long a run may take to end in order. */
const GRACE_SECONDS = 5;

const scratch = await Scratch.create('interrupted');
const place = await workshop(scratch.path, {
  store: await coldStore(join(scratch.path, 'store')),
  ...(SOAK && { image: 'include: [x86_64.yaml]\nname: small\nversion: 1.0.0\n' }),
});
test.after.always(() => removeTree(scratch.path));

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

/** Builds undisturbed: the release is whole, and alone. Returns how many seconds it took. */
async function buildWhole(t: ExecutionContext): Promise<number> {
  const { code, stderr, seconds } = await place.build().ended;
  t.is(code, 0, stderr);
  t.deepEqual(await namesIn(place.out), ['small-1.0.0-x86_64']);
  t.is((await namesIn(place.release)).length, 6);
  await assertTidy(t, place, 'after a whole run');
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
  await assertTidy(t, place, `after ${signal} at ${second} s`);
  if (ended === undefined) return;
  const { code, stderr } = ended.outcome;
  t.true(ended.seconds < GRACE_SECONDS, `${ended.seconds} s:\n${stderr}`);
  if (code === 0) return;
  t.is(code, 130, stderr);
  t.regex(stderr, /^error: interrupted$/m);
  t.deepEqual(await namesIn(place.out), []);
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

test.serial('a terminal that is closed ends a build in order', async (t) => {
  t.timeout(10 * 60_000);
  await interruptAt(t, 1.5, 'SIGHUP');
});

test.serial('a second Ctrl-C ends at once', async (t) => {
  t.timeout(10 * 60_000);
  for (const second of moments(SOAK ? 10 : 2, 3)) {
    const ended = await endAt(t, second, ['SIGINT', 'SIGINT']);
    if (ended === undefined) continue;
    t.is(ended.outcome.code, 130);
    // Node hears signals between two pieces of work; the longest takes most of a second on a busy machine.
    t.true(ended.seconds < 2.5, `${ended.seconds} s`);
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
    for (const second of moments(SOAK ? 40 : 4, seconds)) {
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
