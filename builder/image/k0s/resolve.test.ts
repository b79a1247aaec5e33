import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { sha256 } from '../../report/sha256.ts';
import { onServer, program, releaseSetup, VERSION } from '../../testing/k0s-fixture.ts';
import { MirrorServer } from '../../testing/mirror-server.ts';
import { startProxy } from '../../testing/proxy-server.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import type { Arch } from '../arch.ts';
import type { K0sSource } from '../definition/definition.ts';
import { kindOfHeader, type ProgramKind } from './elf.ts';
import { mtimeFor } from './mtime.ts';
import { assetUrls, binaryAsset } from './release.ts';
import { resolveK0s } from './resolve.ts';

const AMD64 = program(62);
const ARM64 = program(183);
const ASSET = onServer(`k0s-${VERSION}-amd64`);

async function setup(t: ExecutionContext) {
  const assets = { [`k0s-${VERSION}-amd64`]: AMD64, [`k0s-${VERSION}-arm64`]: ARM64 };
  const { run, failureOf, file, ...rest } = await releaseSetup(t, assets);
  const toolbox = await testToolbox();
  const resolve = (source: K0sSource, arch: Arch = 'x86_64', env: NodeJS.ProcessEnv = {}) =>
    run((options) => resolveK0s(source, arch, rest.store, { ...options, toolbox }), env);
  const failure = (...args: Parameters<typeof resolve>) => failureOf(resolve(...args));
  const userFile = (bytes: Buffer | string, name = 'k0s', mode = 0o755) => file(bytes, name, mode);
  return { ...rest, resolve, failure, file: userFile };
}

const release = (hashes: Partial<Record<Arch, string>>): K0sSource => ({
  kind: 'release',
  version: VERSION,
  sha256: hashes,
});

test('a release is fetched once, for the architecture', async (t) => {
  const { server, resolve, store } = await setup(t);
  const source = release({ x86_64: sha256(AMD64), arm64: sha256(ARM64) });
  const expected = {
    kind: 'release',
    version: VERSION,
    sizeBytes: 100,
    sha256: sha256(ARM64),
    path: store.layout.fileOf(sha256(ARM64)),
  };
  t.deepEqual(await resolve(source, 'arm64'), expected);
  t.deepEqual(await resolve(source, 'arm64'), expected);
  t.is(server.requests.length, 1);
});

test('addresses are those of the project, with the plus escaped', (t) => {
  t.deepEqual(assetUrls(VERSION, binaryAsset(VERSION, 'arm64'), {}), [
    'https://github.com/k0sproject/k0s/releases/download/v1.36.3%2Bk0s.2/k0s-v1.36.3%2Bk0s.2-arm64',
  ]);
});

/** A release server that sends everything elsewhere for the bytes, as GitHub does. */
async function withRedirect(t: ExecutionContext, bytes: Buffer) {
  const made = await setup(t);
  const elsewhere = await MirrorServer.start({ '/objects/1': bytes });
  t.teardown(() => elsewhere[Symbol.asyncDispose]());
  made.server.misbehaveAlways(ASSET, { kind: 'redirect', to: `${elsewhere.url}/objects/1` });
  return { ...made, elsewhere };
}

const LARGE = program(62, 900_000);

test('a release is followed to another host', async (t) => {
  const { resolve, elsewhere } = await withRedirect(t, LARGE);
  const found = await resolve(release({ x86_64: sha256(LARGE) }));
  t.is(found.sizeBytes, LARGE.length);
  t.is(elsewhere.requests.length, 1);
});

test('a download that is cut goes on where it stopped, also behind a redirect', async (t) => {
  const { resolve, elsewhere } = await withRedirect(t, LARGE);
  elsewhere.misbehave('/objects/1', { kind: 'truncate', afterBytes: 500_000 });
  await resolve(release({ x86_64: sha256(LARGE) }));
  const [first, second] = elsewhere.requests;
  t.is(first?.range, undefined);
  t.regex(second?.range ?? '', /^bytes=[1-9]\d*-$/);
});

test('a download that was given up goes on at the next build', async (t) => {
  const { resolve, failure, elsewhere } = await withRedirect(t, LARGE);
  const source = release({ x86_64: sha256(LARGE) });
  elsewhere.misbehave('/objects/1', { kind: 'truncate', afterBytes: 300_000 });
  elsewhere.misbehaveAlways('/objects/1', { kind: 'status', status: 503 });
  t.regex(await failure(source), /503/);
  elsewhere.behave('/objects/1');
  await resolve(source);
  t.regex(elsewhere.requests.at(-1)?.range ?? '', /^bytes=[1-9]\d*-$/);
});

test('a redirect that leads to a missing file names where it was asked', async (t) => {
  const { failure, elsewhere } = await withRedirect(t, LARGE);
  elsewhere.misbehaveAlways('*', { kind: 'status', status: 404 });
  t.snapshot(await failure(release({ x86_64: sha256(LARGE) })));
});

test('the proxy of the environment is used, and no_proxy heeded', async (t) => {
  const { resolve, server } = await setup(t);
  const proxy = await startProxy();
  t.teardown(() => proxy.close());
  const env = { http_proxy: proxy.url };
  await resolve(release({ arm64: sha256(ARM64) }), 'arm64', { ...env, no_proxy: '127.0.0.1' });
  t.deepEqual(proxy.seen, []);
  await resolve(release({ x86_64: sha256(AMD64) }), 'x86_64', env);
  const asset = 'v1.36.3%2Bk0s.2/k0s-v1.36.3%2Bk0s.2-amd64';
  t.deepEqual(proxy.seen, [`GET ${server.url}/k0s/${asset}`]);
});

test('the second of two servers is asked when the first has no such file', async (t) => {
  const { resolve, server } = await setup(t);
  const empty = await MirrorServer.start();
  t.teardown(() => empty[Symbol.asyncDispose]());
  const env = { KILN_K0S_MIRROR: `${empty.url}/none ${server.url}/k0s` };
  await resolve(release({ x86_64: sha256(AMD64) }), 'x86_64', env);
  t.is(empty.requests.length, 1);
});

test('a release that cannot be reached names the address, the hash and the ways out', async (t) => {
  const { server, failure } = await setup(t);
  server.misbehaveAlways('*', { kind: 'status', status: 404 });
  t.snapshot(await failure(release({ x86_64: sha256(AMD64) })));
});

test('a release with other bytes is refused, and not taken from a file instead', async (t) => {
  const { failure } = await setup(t);
  t.snapshot(await failure(release({ x86_64: sha256('other') })));
});

test('a release without a hash for the architecture says where it is found', async (t) => {
  const { failure } = await setup(t);
  t.snapshot(await failure(release({ x86_64: sha256(AMD64) }), 'arm64'));
});

test('a release whose hash is that of the other architecture is refused', async (t) => {
  const { failure, server } = await setup(t);
  server.put(ASSET, ARM64);
  t.snapshot(await failure(release({ x86_64: sha256(ARM64) })));
});

test('a server that is no address is refused', async (t) => {
  const { failure } = await setup(t);
  const env = { KILN_K0S_MIRROR: 'files.example.test' };
  t.snapshot(await failure(release({ x86_64: sha256(AMD64) }), 'x86_64', env));
});

test('a file is taken as it is; its name may tell the version', async (t) => {
  const { resolve, file } = await setup(t);
  const named = await resolve(await file(AMD64, `k0s-${VERSION}-amd64`));
  t.like(named, { kind: 'file', version: VERSION, sha256: sha256(AMD64), sizeBytes: 100 });
  const plain = await resolve(await file(AMD64, 'k0s'));
  t.is(plain.version, `sha256:${sha256(AMD64).slice(0, 12)}`);
});

for (const [what, bytes, mode] of [
  ['for another architecture', ARM64, 0o755],
  ['for another machine', program(40), 0o755],
  ['that is a script', '#!/bin/sh\n', 0o755],
  ['that is no program', 'hello', 0o755],
  ['that is not executable', AMD64, 0o644],
] as const) {
  test(`a file ${what} is refused`, async (t) => {
    const { failure, file } = await setup(t);
    t.snapshot(await failure(await file(bytes, 'k0s', mode)));
  });
}

test('a missing file and a directory are refused', async (t) => {
  const { directory, failure } = await setup(t);
  t.snapshot(await failure({ kind: 'file', path: join(directory, 'none') }));
  await mkdir(join(directory, 'some'));
  t.snapshot(await failure({ kind: 'file', path: join(directory, 'some') }));
});

test('the stand-in is taken when it is named, for each architecture', async (t) => {
  const { resolve } = await setup(t);
  const standIn = await resolve({ kind: 'stand-in' }, 'arm64');
  t.is(standIn.kind, 'stand-in');
  t.is(standIn.version, 'stand-in');
});

const header = test.macro((t, bytes: Buffer, expected: ProgramKind) => {
  t.is(kindOfHeader(bytes), expected);
});

test('ELF for x86_64', header, AMD64, 'x86_64');
test('ELF for arm64', header, ARM64, 'arm64');
test('ELF cut short', header, AMD64.subarray(0, 19), 'no-program');
test('nothing', header, Buffer.alloc(0), 'no-program');
test('32-bit ELF', header, Buffer.from(AMD64).fill(1, 4, 5), 'other-machine');
test('big-endian ELF', header, Buffer.from(ARM64).fill(2, 5, 6), 'other-machine');

const EPOCH = 1_794_000_000;

test('binaries have different times, all before the epoch, the same in all images', (t) => {
  const digests = Array.from({ length: 1000 }, (_, at) => sha256(`binary ${at}`));
  const times = digests.map((digest) => mtimeFor(digest, EPOCH));
  t.is(new Set(times).size, 1000);
  t.true(times.every((time) => time > 1_000_000_000 && time < EPOCH && Number.isInteger(time)));
  t.deepEqual(
    digests.map((digest) => mtimeFor(digest, EPOCH + 86_400)),
    times,
  );
});

test('times are before an old epoch too', (t) => {
  t.true(mtimeFor(sha256('x'), 1_000_000) < 1_000_000);
  t.is(mtimeFor(sha256('x'), 0), 0);
});
