import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { KilnError } from '../../report/errors.ts';
import { sha256 } from '../../report/sha256.ts';
import { startFetch } from '../../testing/fetch-child.ts';
import {
  BODY,
  contentsOf,
  DIGEST,
  fetchQuickly,
  KEPT,
  PATH,
  QUICK,
  STORED,
  setup,
} from '../../testing/store-fixture.ts';
import type { Patience } from './attempts.ts';
import { Lock } from './locks.ts';
import { Store } from './store.ts';

/** So many pieces, with pauses in between, that tests can do something meanwhile. */
const SLOW = { kind: 'slow', pieceBytes: 30_000, pauseMs: 20 } as const;

test('of two processes that want one file, one downloads and the other waits', async (t) => {
  const { root, server, wanted } = await setup(t);
  server.misbehaveAlways(PATH, SLOW);
  const children = [startFetch(root, wanted), startFetch(root, wanted)];
  t.deepEqual(await Promise.all(children.map(({ exited }) => exited)), [0, 0]);
  t.is(server.requests.length, 1);
  t.deepEqual(await contentsOf(t, root), [STORED]);
});

test('a process goes on with the download of one that was killed', async (t) => {
  const { root, server, wanted } = await setup(t);
  server.misbehave(PATH, SLOW);
  const victim = startFetch(root, wanted);
  await hasBytes(t, root);
  victim.process.kill('SIGKILL');
  t.is(await victim.exited, undefined);
  const heir = startFetch(root, wanted);
  t.is(await heir.exited, 0);
  t.regex(server.requests.at(-1)?.range ?? '', /^bytes=\d+-$/);
  t.deepEqual(await contentsOf(t, root), [STORED]);
});

test('two stores of one process share one download', async (t) => {
  const { root, server, store, wanted } = await setup(t);
  server.misbehaveAlways(PATH, SLOW);
  const other = await Store.open(root);
  await Promise.all([fetchQuickly([wanted], store), fetchQuickly([wanted], other)]);
  t.is(server.requests.length, 1);
});

for (const [seed, form] of ['steady', 'breaking', 'silent'].entries()) {
  test(`interrupted at any moment, a ${form} download leaves only what can be resumed`, async (t) => {
    const { root, server, wanted } = await setup(t);
    const moments = Array.from({ length: 12 }, (_, at) => ((at * 37 + seed * 11) % 60) + at);
    for (const moment of moments) {
      if (form === 'breaking') server.misbehave(PATH, { kind: 'truncate', afterBytes: 20_000 });
      else if (form === 'silent') server.misbehave(PATH, { kind: 'stall', afterBytes: 10_000 });
      else server.misbehave(PATH, { ...SLOW, pauseMs: 5 });
      await interruptAfter(t, moment, root, wanted);
      const contents = await contentsOf(t, root);
      t.true(
        contents.every((name) => name === KEPT || name === STORED),
        contents.join(' '),
      );
    }
    server.behave(PATH);
    await fetchQuickly([wanted], await Store.open(root));
    t.deepEqual(await contentsOf(t, root), [STORED]);
  });
}

test('an interruption ends the wait for another process, and the pause between rounds', async (t) => {
  const { root, server, store, wanted } = await setup(t);
  await using lock = await Lock.tryTake(store.layout.lockOf(DIGEST));
  t.truthy(lock);
  await interruptAfter(t, 50, root, wanted);
  const other = { ...wanted, sha256: sha256('other') };
  server.misbehaveAlways(PATH, { kind: 'status', status: 503 });
  await interruptAfter(t, 50, root, other, { rounds: 2, pauseMs: 60_000, stallMs: 60_000 });
});

test('a large file is never in memory as a whole', async (t) => {
  const { root, server } = await setup(t);
  const big = Buffer.alloc(150_000_000, BODY);
  server.put('/big', big);
  const small = startFetch(root, {
    sha256: DIGEST,
    sizeBytes: BODY.length,
    name: 'small',
    urls: [server.url + PATH],
  });
  t.is(await small.exited, 0);
  const large = startFetch(root, {
    sha256: sha256(big),
    sizeBytes: big.length,
    name: 'large',
    urls: [`${server.url}/big`],
  });
  t.is(await large.exited, 0);
  const growth = large.peakBytes() - small.peakBytes();
  t.true(growth < 60e6, `${Math.round(growth / 1e6)} MB`);
});

async function interruptAfter(
  t: ExecutionContext,
  milliseconds: number,
  root: string,
  wanted: Parameters<typeof fetchQuickly>[0][number],
  patience: Patience = { ...QUICK, rounds: 1000 },
): Promise<void> {
  const stop = new AbortController();
  const store = await Store.open(root);
  const fetching = fetchQuickly([wanted], store, {
    signal: stop.signal,
    patience,
  });
  const timer = setTimeout(() => stop.abort(), milliseconds);
  const outcome = await fetching.then(
    () => 'done',
    (error: unknown) => (error instanceof KilnError ? error.code : String(error)),
  );
  clearTimeout(timer);
  t.true(outcome === 'done' || outcome === 'interrupted', outcome);
}

/** Waits until some bytes of a download are on disk. */
async function hasBytes(t: ExecutionContext, root: string): Promise<void> {
  for (let at = 0; at < 500; at += 1) {
    const names = await readdir(`${root}/tmp`);
    if (names.some((name) => name.includes('.download-'))) return void (await delay(100));
    await delay(10);
  }
  t.fail('no download began');
}
