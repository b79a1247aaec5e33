import { readFile, stat } from 'node:fs/promises';
import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { sha256 } from '../../report/sha256.ts';
import type { Fault } from '../../testing/mirror-server.ts';
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
  withoutPorts,
} from '../../testing/store-fixture.ts';
import { type FetchOptions, fetchAll } from './fetch.ts';

const FAULTS: readonly Fault[] = [
  { kind: 'truncate', afterBytes: 1000 },
  { kind: 'short', afterBytes: 1000 },
  { kind: 'corrupt', at: 123_456 },
  { kind: 'stall', afterBytes: 1000 },
  { kind: 'stall', afterBytes: 0 },
  { kind: 'silence' },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429 },
  { kind: 'longer', byBytes: 7 },
  { kind: 'replace', bytes: Buffer.alloc(600_000, 'x') },
  { kind: 'replace', bytes: Buffer.alloc(100, 'x') },
];

/** These are an address's last word: it is not asked again. */
const LAST_WORDS: readonly Fault[] = [
  { kind: 'status', status: 404 },
  { kind: 'status', status: 403 },
  { kind: 'redirect', to: PATH },
  { kind: 'redirect', to: 'ftp://mirror.example.test/a.deb' },
];

function patienceWith(fault: Fault): Partial<FetchOptions> {
  return fault.kind === 'stall' || fault.kind === 'silence' ? { patience: IMPATIENT } : {};
}

function describe(fault: Fault): string {
  const detail = Object.entries(fault)
    .slice(1)
    .map(([name, value]) => `${name} ${Buffer.isBuffer(value) ? `${value.length} bytes` : value}`);
  return [fault.kind, ...detail].join(' ');
}

for (const fault of FAULTS) {
  test(`the same mirror is asked again after: ${describe(fault)}`, async (t) => {
    const { root, store, server, wanted } = await setup(t);
    server.misbehave(PATH, fault);
    const found = await fetchQuickly([wanted], store, patienceWith(fault));
    t.is(sha256(await readFile(found.get(DIGEST)!)), DIGEST);
    t.deepEqual(await contentsOf(t, root), [STORED]);
  });
}

for (const fault of [...FAULTS, ...LAST_WORDS]) {
  test(`the next mirror is asked at once after: ${describe(fault)}`, async (t) => {
    const { root, store, servers, wanted } = await setup(t, 2);
    servers[0]!.misbehaveAlways(PATH, fault);
    await fetchQuickly([wanted], store, patienceWith(fault));
    t.deepEqual(await contentsOf(t, root), [STORED]);
    t.true(servers[0]!.requests.length > 0);
    t.true(servers[1]!.requests.length > 0);
  });

  test(`an error names the reason when every mirror does: ${describe(fault)}`, async (t) => {
    const { root, store, servers, wanted } = await setup(t, 2);
    for (const server of servers) server.misbehaveAlways(PATH, fault);
    const error = await t.throwsAsync(fetchQuickly([wanted], store, patienceWith(fault)), {
      instanceOf: KilnError,
    });
    t.snapshot(withoutPorts(`${error.code}: ${error.message}\n${error.hint}`));
    const contents = await contentsOf(t, root);
    t.true(contents.length === 0 || (contents.length === 1 && contents[0] === KEPT));
  });
}

for (const fault of LAST_WORDS) {
  test(`a mirror is asked only once after: ${describe(fault)}`, async (t) => {
    const { store, server, wanted } = await setup(t);
    server.misbehaveAlways(PATH, fault);
    await t.throwsAsync(fetchQuickly([wanted], store), { instanceOf: KilnError });
    t.is(server.requests.length, fault.kind === 'redirect' && fault.to === PATH ? 6 : 1);
  });
}

test('a file that is in the store is not asked for', async (t) => {
  const { store, server, wanted } = await setup(t);
  await fetchQuickly([wanted], store);
  await fetchQuickly([wanted], store);
  t.is(server.requests.length, 1);
  t.is((await stat(store.layout.fileOf(DIGEST))).mode & 0o777, 0o444);
});

test('redirects are followed', async (t) => {
  const { store, server, wanted } = await setup(t);
  server.put('/elsewhere', BODY);
  server.misbehave(PATH, { kind: 'redirect', to: '/elsewhere' });
  await fetchQuickly([wanted], store);
  t.deepEqual(
    server.requests.map(({ path }) => path),
    [PATH, '/elsewhere'],
  );
});

test('a server that does not answer is asked last for the next files', async (t) => {
  const { store, servers } = await setup(t, 2);
  servers[0]!.misbehaveAlways('*', { kind: 'silence' });
  const files = Array.from({ length: 8 }, (_, at) => Buffer.from(`file ${at}`));
  files.forEach((bytes, at) => {
    servers[1]!.put(`/${at}`, bytes);
  });
  const wanted = files.map((bytes, at) => ({
    sha256: sha256(bytes),
    sizeBytes: bytes.length,
    name: `file ${at}`,
    urls: servers.map((server) => `${server.url}/${at}`),
  }));
  await fetchQuickly(wanted, store, { parallel: 1, patience: IMPATIENT });
  t.is(servers[0]!.requests.length, 2);
});

test('several files come in parallel over few connections, and progress adds up to their bytes', async (t) => {
  const { store, server } = await setup(t);
  const files = Array.from({ length: 40 }, (_, at) => Buffer.alloc(1000 + at, `file ${at}`));
  const wanted = files.map((bytes, at) => {
    server.put(`/${at}`, bytes);
    const urls = [`${server.url}/${at}`];
    return { sha256: sha256(bytes), sizeBytes: bytes.length, name: `file ${at}`, urls };
  });
  server.misbehave('/7', { kind: 'corrupt', at: 0 });
  let total = 0;
  let done = 0;
  await fetchAll([...wanted, ...wanted], store, {
    patience: QUICK,
    env: {},
    parallel: 4,
    progress: {
      expect: (amount) => {
        total = amount;
      },
      advance: (amount) => {
        done += amount;
      },
      note: () => {},
    },
  });
  const sum = files.reduce((bytes, file) => bytes + file.length, 0);
  t.is(total, sum);
  t.is(done, sum);
  t.true(server.connections <= 8, `${server.connections} connections`);
});

test('the first file that cannot be had stops the others', async (t) => {
  const { root, store, server, wanted } = await setup(t);
  server.misbehaveAlways(PATH, { kind: 'slow', pieceBytes: 1000, pauseMs: 10 });
  const missing = { ...wanted, sha256: sha256('none'), name: 'b 2', urls: [`${server.url}/none`] };
  const error = await t.throwsAsync(fetchQuickly([wanted, missing], store), {
    instanceOf: KilnError,
  });
  t.regex(error.message, /^b 2 could not be fetched/);
  t.true((await contentsOf(t, root)).every((name) => name === KEPT));
});

test('a connection that is refused is an error that says so', async (t) => {
  const { store, server, wanted } = await setup(t);
  await server[Symbol.asyncDispose]();
  const error = await t.throwsAsync(fetchQuickly([wanted], store), { instanceOf: KilnError });
  t.regex(error.message, /: connection refused$/);
});

test('user and password of an address do not appear in errors', async (t) => {
  const { store, server, wanted } = await setup(t);
  const url = server.url.replace('//', '//joe:secret@');
  const gone = { ...wanted, urls: [`${url}/none`] };
  const error = await t.throwsAsync(fetchQuickly([gone], store), { instanceOf: KilnError });
  t.notRegex(error.message, /joe|secret/);
});
