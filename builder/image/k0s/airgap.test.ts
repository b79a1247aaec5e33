import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { sha256 } from '../../report/sha256.ts';
import { archive, onServer, program, releaseSetup, VERSION } from '../../testing/k0s-fixture.ts';
import type { Arch } from '../arch.ts';
import type { AirgapSource } from '../definition/definition.ts';
import { resolveAirgap } from './airgap.ts';
import { assetUrls, bundleAsset } from './release.ts';

const BUNDLE = archive('images');
const ASSET = `k0s-airgap-bundle-${VERSION}-linux-amd64.tar`;

async function setup(t: ExecutionContext) {
  const { run, failureOf, ...rest } = await releaseSetup(t, { [ASSET]: BUNDLE });
  const resolve = (source: AirgapSource, arch: Arch = 'x86_64') =>
    run((options) => resolveAirgap(source, arch, rest.store, options));
  const failure = (...args: Parameters<typeof resolve>) => failureOf(resolve(...args));
  return { ...rest, resolve, failure };
}

const release = (digests: Partial<Record<Arch, string>>): AirgapSource => ({
  kind: 'release',
  version: VERSION,
  sha256: digests,
});

test('addresses are those of the project, with the plus escaped', (t) => {
  t.deepEqual(assetUrls(VERSION, bundleAsset(VERSION, 'arm64'), {}), [
    'https://github.com/k0sproject/k0s/releases/download/v1.36.3%2Bk0s.2/k0s-airgap-bundle-v1.36.3%2Bk0s.2-linux-arm64.tar',
  ]);
});

test('a bundle is fetched once', async (t) => {
  const { resolve, server, store } = await setup(t);
  const digest = sha256(BUNDLE);
  const expected = {
    kind: 'release',
    version: VERSION,
    sizeBytes: 1024,
    sha256: digest,
    path: store.layout.fileOf(digest),
  } as const;
  t.deepEqual(await resolve(release({ x86_64: digest })), expected);
  t.deepEqual(await resolve(release({ x86_64: digest })), expected);
  t.is(server.requests.length, 1);
});

test('a bundle that cannot be reached names the address, the hash and the ways out', async (t) => {
  const { server, failure } = await setup(t);
  server.misbehaveAlways('*', { kind: 'status', status: 404 });
  t.snapshot(await failure(release({ x86_64: sha256(BUNDLE) })));
});

test('a bundle with other bytes is refused', async (t) => {
  const { failure } = await setup(t);
  t.snapshot(await failure(release({ x86_64: sha256('other') })));
});

test('a bundle without a hash for the architecture says where it is found', async (t) => {
  const { failure } = await setup(t);
  t.snapshot(await failure(release({ x86_64: sha256(BUNDLE) }), 'arm64'));
});

test('a release that has something else under the name of the bundle is refused', async (t) => {
  const { failure, server } = await setup(t);
  server.put(onServer(ASSET), program(62));
  t.snapshot(await failure(release({ x86_64: sha256(program(62)) })));
});

test('a file is taken as it is; its name may tell the version', async (t) => {
  const { resolve, file } = await setup(t);
  t.like(await resolve(await file(BUNDLE, ASSET)), { kind: 'file', version: VERSION });
  t.like(await resolve(await file(BUNDLE, 'mine.tar')), { version: undefined, sizeBytes: 1024 });
});

for (const [what, start] of [
  ['gzip', '1f8b0800'],
  ['zstd', '28b52ffd'],
] as const) {
  test(`an archive may be compressed with ${what}`, async (t) => {
    const { resolve, file } = await setup(t);
    t.is((await resolve(await file(Buffer.from(start, 'hex'), 'mine.tar.x'))).sizeBytes, 4);
  });
}

test('what is no archive, no file, not there, or for another machine is refused', async (t) => {
  const { failure, file, directory } = await setup(t);
  t.snapshot(await failure(await file(program(62), 'k0s')));
  t.snapshot(await failure(await file('', 'empty')));
  t.snapshot(await failure(await file(BUNDLE, ASSET), 'arm64'));
  t.snapshot(await failure({ kind: 'file', path: join(directory, 'none') }));
  await mkdir(join(directory, 'some'));
  t.snapshot(await failure({ kind: 'file', path: join(directory, 'some') }));
});
