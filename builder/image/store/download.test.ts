import { writeFile } from 'node:fs/promises';
import test from 'ava';
import { sha256 } from '../../report/sha256.ts';
import {
  BODY,
  contentsOf,
  DIGEST,
  fetchQuickly,
  IMPATIENT,
  KEPT,
  PATH,
  QUICK,
  STORED,
  setup,
} from '../../testing/store-fixture.ts';
import { Store } from './store.ts';

test('after a break only the missing bytes are asked for', async (t) => {
  const { root, store, server, wanted } = await setup(t);
  server.misbehave(PATH, { kind: 'stall', afterBytes: 400_000 });
  await fetchQuickly([wanted], store, { patience: IMPATIENT });
  t.deepEqual(
    server.requests.map(({ range }) => range),
    [undefined, 'bytes=400000-'],
  );
  t.deepEqual(await contentsOf(t, root), [STORED]);
});

test('the next command goes on where an earlier one stopped, also at another mirror', async (t) => {
  const { root, store, servers, wanted } = await setup(t, 2);
  servers[0]!.misbehaveAlways(PATH, { kind: 'stall', afterBytes: 50_000 });
  const first = { ...wanted, urls: wanted.urls.slice(0, 1) };
  await t.throwsAsync(fetchQuickly([first], store, { patience: IMPATIENT }), { code: 'download' });
  t.deepEqual(await contentsOf(t, root), [KEPT]);
  const second = { ...wanted, urls: wanted.urls.slice(1) };
  await fetchQuickly([second], await Store.open(root));
  t.deepEqual(
    servers[1]!.requests.map(({ range }) => range),
    ['bytes=100000-'],
  );
  t.deepEqual(await contentsOf(t, root), [STORED]);
});

test('a server that ignores ranges sends the file from the start', async (t) => {
  const { root, store, server, wanted } = await setup(t);
  await writeFile(store.layout.partialOf(DIGEST), BODY.subarray(0, 1000));
  server.misbehave(PATH, { kind: 'ignore-range' });
  await fetchQuickly([wanted], store);
  t.is(server.requests.length, 1);
  t.deepEqual(await contentsOf(t, root), [STORED]);
});

for (const [what, kept] of [
  ['of other bytes', Buffer.alloc(1000, 'y')],
  ['as long as the file, but of other bytes', Buffer.alloc(BODY.length, 'y')],
  ['longer than the file', Buffer.alloc(BODY.length + 1, 'y')],
] as const) {
  test(`a kept part ${what} is thrown away, and the file fetched from the start`, async (t) => {
    const { root, store, server, wanted } = await setup(t);
    await writeFile(store.layout.partialOf(DIGEST), kept);
    await fetchQuickly([wanted], store, { patience: { ...QUICK, rounds: 1 } });
    t.is(server.requests.at(-1)?.range, undefined);
    t.deepEqual(await contentsOf(t, root), [STORED]);
  });
}

test('a kept part that is the whole file needs no request', async (t) => {
  const { root, store, server, wanted } = await setup(t);
  await writeFile(store.layout.partialOf(DIGEST), BODY);
  await fetchQuickly([wanted], store);
  t.is(server.requests.length, 0);
  t.deepEqual(await contentsOf(t, root), [STORED]);
});

test('a kept part that is the whole file is found out by the server if the size is unknown', async (t) => {
  const { store, server, wanted } = await setup(t);
  await writeFile(store.layout.partialOf(DIGEST), BODY);
  const { sizeBytes: _, ...unknown } = wanted;
  await fetchQuickly([unknown], store);
  t.deepEqual(
    server.requests.map(({ range }) => range),
    [`bytes=${BODY.length}-`],
  );
});

test('a slow but steady download survives more breaks than there are rounds', async (t) => {
  const { store, server, wanted } = await setup(t);
  const big = Buffer.alloc(2_500_000, 'steady ');
  server.put('/big', big);
  server.misbehave('/big', { kind: 'truncate', afterBytes: 400_000 }, 6);
  await fetchQuickly(
    [{ ...wanted, sha256: sha256(big), sizeBytes: big.length, urls: [`${server.url}/big`] }],
    store,
  );
  t.is(server.requests.length, 7);
});
