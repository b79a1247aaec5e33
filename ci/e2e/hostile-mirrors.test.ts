import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Scratch } from '../../builder/report/scratch.ts';
import type { Fault } from '../../builder/testing/mirror-server.ts';
import { clearSign, makeKey, releaseText } from '../../builder/testing/signed-archive.ts';
import { filesIn, type SmallArchive, smallArchive, testedInstallation } from './small-archive.ts';

const RELEASE = '/debian/dists/trixie/InRelease';
const DEB = '/debian/pool/main/b/bash/bash_1.deb';

/** Something that a mirror does wrong. */
interface Wrong {
  readonly title: string;
  readonly path: string;
  readonly fault: Fault;
}

const WRONGS: readonly Wrong[] = [
  ...faultsOf('a package', DEB),
  ...faultsOf('an InRelease', RELEASE),
  { title: 'a longer package', path: DEB, fault: { kind: 'longer', byBytes: 1 } },
  {
    title: 'a package of other bytes',
    path: DEB,
    fault: { kind: 'replace', bytes: Buffer.from('other') },
  },
];

function faultsOf(what: string, path: string): readonly Wrong[] {
  return [
    { title: `${what} that is truncated`, path, fault: { kind: 'truncate', afterBytes: 1 } },
    { title: `${what} that ends early`, path, fault: { kind: 'short', afterBytes: 0 } },
    { title: `${what} that is corrupt`, path, fault: { kind: 'corrupt', at: 150 } },
    { title: `${what} that redirects to itself`, path, fault: { kind: 'redirect', to: path } },
    { title: `${what} that is not there`, path, fault: { kind: 'status', status: 404 } },
    {
      title: `${what} that the server cannot send`,
      path,
      fault: { kind: 'status', status: 503 },
    },
  ];
}

/** Nothing is in a store under a name that is not the digest of its bytes. */
async function assertVerified(t: ExecutionContext, store: string): Promise<void> {
  for (const [name, digest] of await filesIn(store)) t.is(name, digest);
}

const scratch = await Scratch.create('hostile-mirrors');
const installation = await testedInstallation(scratch.path);
const UNKNOWN = await makeKey('Unknown');
test.after.always(() => scratch[Symbol.asyncDispose]());

for (const { title, path, fault } of WRONGS) {
  test(`${title} on each mirror is an error, and on one of two no harm`, async (t) => {
    t.timeout(5 * 60_000);
    const { run, said, publish, mirrors, image, lockFile, store } = await archive(t, 2);
    await publish();
    for (const mirror of mirrors) mirror.misbehaveAlways(path, fault);
    const failed = await run('lock', image);
    t.is(failed.code, 4, failed.stderr);
    t.snapshot(said(failed), 'on both mirrors');
    await t.throwsAsync(readFile(lockFile), { code: 'ENOENT' });
    await assertVerified(t, store);

    mirrors[1]?.behave(path);
    const done = await run('lock', image);
    t.is(done.code, 0, done.stderr);
    t.snapshot(said(done), 'on the first mirror');
    await assertVerified(t, store);
    t.is((await filesIn(store)).length, 4, 'the index and three packages');
  });
}

for (const [what, path] of [
  ['a package', DEB],
  ['InRelease', RELEASE],
] as const) {
  test(`a mirror that stalls in the middle of ${what} is left for the next one`, async (t) => {
    t.timeout(5 * 60_000);
    const { run, said, publish, mirrors, image, store } = await archive(t, 2);
    await publish();
    mirrors[0]?.misbehaveAlways(path, { kind: 'stall', afterBytes: 100 });
    const done = await run('lock', image);
    t.is(done.code, 0, done.stderr);
    t.snapshot(said(done));
    t.true(done.seconds > 29 && done.seconds < 60, `${done.seconds} s`);
    await assertVerified(t, store);
  });
}

/** What an archive may say that must not be believed; every one is signed by somebody, or by nobody. */
const RELEASES: readonly (readonly [title: string, text: () => Promise<string> | string])[] = [
  ['an unsigned InRelease', () => releaseText('trixie')],
  ['an InRelease that a stranger has signed', () => clearSign(releaseText('trixie'), [UNKNOWN])],
  [
    'an InRelease that was altered',
    async () => (await signed({})).replace('Origin: Test', 'Origin: Tent'),
  ],
  [
    'an InRelease that has expired',
    () => signed({ 'Valid-Until': 'Mon, 01 Jun 2026 12:30:00 UTC' }),
  ],
  ['an InRelease of another suite', () => signed({ Suite: 'sid', Codename: 'sid' })],
  ['an InRelease that a web server made up', () => '<html>Please log in to the network</html>'],
];

function signed(fields: Readonly<Record<string, string>>): Promise<string> {
  return clearSign(releaseText('trixie', fields), [installation.key]);
}

for (const [title, text] of RELEASES) {
  test(`${title} is refused, and the next mirror's is taken`, async (t) => {
    t.timeout(5 * 60_000);
    const { run, said, publish, mirrors, image, lockFile, store } = await archive(t, 2);
    await publish();
    const fault: Fault = { kind: 'replace', bytes: Buffer.from(await text()) };
    for (const mirror of mirrors) mirror.misbehaveAlways(RELEASE, fault);
    const failed = await run('lock', image);
    t.is(failed.code, 4, failed.stderr);
    t.snapshot(said(failed), 'on both mirrors');
    await t.throwsAsync(readFile(lockFile), { code: 'ENOENT' });
    t.deepEqual(await filesIn(store), []);

    mirrors[1]?.behave(RELEASE);
    const done = await run('lock', image);
    t.is(done.code, 0, done.stderr);
    t.snapshot(said(done), 'on the first mirror');
  });
}

test('an archive that went back in time is refused, and the lock stays', async (t) => {
  t.timeout(5 * 60_000);
  const { run, said, publish, image, lockFile } = await archive(t, 1);
  await publish();
  t.is((await run('lock', image)).code, 0);
  const before = await readFile(lockFile, 'utf8');
  await publish({ Date: 'Sun, 31 May 2026 12:00:00 UTC' });
  const failed = await run('lock', image);
  t.is(failed.code, 4, failed.stderr);
  t.snapshot(said(failed));
  t.is(await readFile(lockFile, 'utf8'), before);
});

test('a mirror that redirects to a good one is followed', async (t) => {
  t.timeout(5 * 60_000);
  const { run, said, publish, mirrors, image, store } = await archive(t, 2);
  await publish();
  const [first, second] = mirrors;
  for (const path of [RELEASE, DEB]) {
    first?.misbehaveAlways(path, { kind: 'redirect', to: `${second?.url}${path}` });
  }
  const done = await run('lock', image);
  t.is(done.code, 0, done.stderr);
  t.is(said(done), '');
  await assertVerified(t, store);
});

test('a build whose package is altered on the way ends, and neither the store nor the disk has any of it', async (t) => {
  t.timeout(5 * 60_000);
  const { run, said, publish, mirrors, image, lockFile, store } = await archive(t, 1);
  await publish();
  const [mirror] = mirrors;
  mirror?.misbehaveAlways(DEB, { kind: 'corrupt', at: 200 });
  const out = join(dirname(image), 'out');
  const failed = await run('build', image, '--out', out);
  t.is(failed.code, 4, failed.stderr);
  t.snapshot(said(failed));
  await assertVerified(t, store);
  t.deepEqual([existsSync(out), existsSync(lockFile)], [false, false]);
});

test('a corrupt file in the store is found, fetched again and told', async (t) => {
  t.timeout(5 * 60_000);
  const { run, said, publish, mirrors, image, store } = await archive(t, 1);
  await publish();
  t.is((await run('lock', image)).code, 0);
  for (const [name] of await filesIn(store)) {
    const path = join(store, 'sha256', name.slice(0, 2), name);
    await chmod(path, 0o644);
    await writeFile(path, 'rust');
  }
  const done = await run('lock', image);
  t.is(done.code, 0, done.stderr);
  t.is(said(done).match(/is corrupt: removed, it will be fetched again/g)?.length, 4);
  t.is(mirrors[0]?.requests.filter(({ path }) => path === DEB).length, 2);
  await assertVerified(t, store);
});

function archive(t: ExecutionContext, mirrors: number): Promise<SmallArchive> {
  return smallArchive(t, installation, mirrors);
}
