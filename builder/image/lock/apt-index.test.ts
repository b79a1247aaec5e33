import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { KilnError } from '../../report/errors.ts';
import { Scratch } from '../../report/scratch.ts';
import { MirrorServer } from '../../testing/mirror-server.ts';
import { ARCHIVE_DAY, buildSuite, makeKey, writeKeys } from '../../testing/signed-archive.ts';
import { BOOTSTRAP_DECODER } from '../../tools/xz.ts';
import type { Suite } from '../definition/definition.ts';
import { Store } from '../store/store.ts';
import { readSuites } from './apt-index.ts';
import { readArchiveKeys } from './openpgp.ts';

const KEY = await makeKey('Archive');
const NAMES = ['linux-base', 'linux-image-7.3', 'bash', 'u-boot-rpi'];
const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

/** Names of the packages that a suite offers a month after it was made. */
async function offered(t: ExecutionContext, limits: Partial<Suite>): Promise<readonly string[]> {
  const scratch = await Scratch.create('suites');
  t.teardown(() => scratch[Symbol.asyncDispose]());
  const packages = NAMES.map((Package) => ({
    control: { Package, Version: '1', Architecture: 'amd64' },
  }));
  const mirror = await MirrorServer.start(
    await buildSuite('debian', { suite: 'extra', packages }, [KEY]),
  );
  t.teardown(() => mirror[Symbol.asyncDispose]());
  const extra: Suite = { archive: 'debian', components: ['main'], ...limits };
  const { packages: found } = await readSuites({ extra }, 'amd64', {
    mirrors: { urlsFor: (archive, path) => [`${mirror.url}/${archive}/${path}`] },
    store: await Store.open(join(scratch.path, 'store')),
    keys: await readArchiveKeys(await writeKeys(scratch.path, [KEY])),
    xz: BOOTSTRAP_DECODER,
    now: new Date(ARCHIVE_DAY.getTime() + MONTH_MS),
    previous: [],
    progress: { expect: () => {}, advance: () => {}, note: () => {} },
  });
  return found.map(({ name }) => name).toSorted();
}

test('a suite that is out of date is read from a day on, if the definition says so', async (t) => {
  t.deepEqual(await offered(t, { since: '2026-06-01' }), NAMES.toSorted());
  for (const limits of [{}, { since: '2026-06-02' }]) {
    await t.throwsAsync(offered(t, limits), { instanceOf: KilnError, message: /is refused/ });
  }
});

test('a suite may be limited to packages by name, and to all whose names begin alike', async (t) => {
  const only = (...names: readonly string[]) => offered(t, { since: '2026-06-01', only: names });
  t.deepEqual(await only('u-boot-rpi', 'linux-*'), ['linux-base', 'linux-image-7.3', 'u-boot-rpi']);
  t.deepEqual(await only('linux-image', 'bas*h'), []);
});
