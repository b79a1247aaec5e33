import test from 'ava';
import { SILENT } from '../../report/progress.ts';
import { BODY, DIGEST, PATH, putBytes, QUICK, setup } from '../../testing/store-fixture.ts';
import type { LockedPackage } from '../lock/lockfile.ts';
import { findMirrors, type Mirrors } from './mirrors.ts';
import { fetchPackages } from './packages.ts';
import type { Store } from './store.ts';

const LOCKED: LockedPackage = {
  name: 'a',
  version: '1',
  architecture: 'amd64',
  archive: 'debian',
  suite: 'trixie',
  path: PATH.replace('/debian/', ''),
  sizeBytes: BODY.length,
  sha256: DIGEST,
  scripts: {},
  because: ['images/a.yaml'],
};

const fetch = (store: Store, mirrors: () => Promise<Mirrors>) =>
  SILENT.step('fetch', (progress) =>
    fetchPackages([LOCKED], store, mirrors, { progress, patience: QUICK, env: {} }),
  );

test('a missing package comes from the mirror', async (t) => {
  const { store, server } = await setup(t);
  const env = { KILN_MIRROR: `${server.url}/debian` };
  const found = await fetch(store, () => findMirrors({ env, definition: [] }));
  t.is(String(found.get(DIGEST)), store.layout.fileOf(DIGEST));
});

test('with a warm store nobody asks for a mirror', async (t) => {
  const { store } = await setup(t);
  await putBytes(store, BODY);
  const found = await fetch(store, () => Promise.reject(new Error('asked')));
  t.is(found.size, 1);
});
