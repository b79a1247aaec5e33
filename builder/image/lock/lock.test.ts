import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { KilnError } from '../../report/errors.ts';
import { DiagnosticsError } from '../../report/format.ts';
import { SILENT } from '../../report/progress.ts';
import { Scratch } from '../../report/scratch.ts';
import { sha256 } from '../../report/sha256.ts';
import { buildDeb, type DebContents } from '../../testing/deb-builder.ts';
import { MirrorServer } from '../../testing/mirror-server.ts';
import {
  ARCHIVE_DAY,
  buildSuite,
  clearSign,
  makeKey,
  releaseText,
  writeKeys,
} from '../../testing/signed-archive.ts';
import type { Suite } from '../definition/definition.ts';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import { Store } from '../store/store.ts';
import { type LockInput, makeLock } from './lock.ts';
import type { LockRequest } from './lock-request.ts';
import { readArchiveKeys } from './openpgp.ts';
import { formatLockfile } from './write-lockfile.ts';

const KEY = await makeKey('Archive');
const UNKNOWN = await makeKey('Unknown');
const DIST = '/debian/dists/trixie';

function deb(
  Package: string,
  Version: string,
  fields: Readonly<Record<string, string>> = {},
  controlFiles: Readonly<Record<string, string>> = {},
): DebContents {
  return { control: { Package, Version, Architecture: 'amd64', ...fields }, controlFiles };
}

const PACKAGES: readonly DebContents[] = [
  deb(
    'bash',
    '5.2',
    { Depends: 'libc6 (>= 2)' },
    { postinst: '#!/bin/sh\necho hi\n', md5sums: '' },
  ),
  deb('libc6', '2.41', { Architecture: 'all' }),
  deb('unneeded', '1'),
];
const SECURITY: readonly DebContents[] = [deb('libc6', '2.41+deb13u1'), deb('bash', '9')];

const SUITES: Readonly<Record<string, Suite>> = {
  trixie: { archive: 'debian', components: ['main'] },
  'trixie-security': { archive: 'debian-security', components: ['main'], only: ['libc6'] },
};

async function startMirror(t: ExecutionContext): Promise<MirrorServer> {
  const mirror = await MirrorServer.start({
    ...(await buildSuite('debian', { suite: 'trixie', packages: PACKAGES }, [KEY])),
    ...(await buildSuite(
      'debian-security',
      {
        suite: 'trixie-security',
        packages: SECURITY,
        fields: { Date: 'Mon, 01 Jun 2026 13:00:00 UTC' },
      },
      [KEY],
    )),
  });
  t.teardown(() => mirror[Symbol.asyncDispose]());
  return mirror;
}

interface Given {
  readonly wanted?: readonly string[];
  readonly suites?: Readonly<Record<string, Suite>>;
}

function requestFor({ wanted = ['bash'], suites = SUITES }: Given): LockRequest {
  return {
    file: 'images/x.yaml',
    arch: 'x86_64',
    suites,
    wanted: wanted.map((name) => ({ name, from: 'images/x.yaml' })),
    omitted: [],
    checksum: sha256('definition'),
    fail: (diagnostics) => {
      throw new DiagnosticsError('images/x.yaml', diagnostics);
    },
  };
}

/** Locks against these mirrors, with a store of the test's own. */
async function lockFrom(
  t: ExecutionContext,
  mirrors: readonly MirrorServer[],
  given: Given & Partial<LockInput> = {},
) {
  const scratch = await Scratch.create('lock');
  t.teardown(() => scratch[Symbol.asyncDispose]());
  const store = given.store ?? (await Store.open(join(scratch.path, 'store')));
  const input: LockInput = {
    request: requestFor(given),
    mirrors: { urlsFor: (archive, path) => mirrors.map(({ url }) => `${url}/${archive}/${path}`) },
    store,
    keysDirectory: await writeKeys(scratch.path, [KEY]),
    now: new Date(ARCHIVE_DAY.getTime() + 24 * 60 * 60 * 1000),
    progress: SILENT,
    ...given,
  };
  return makeLock(input);
}

/** The error without what differs from run to run. */
async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof KilnError)) return `no error: ${error}`;
  return `${error.code}: ${error.message}\n${error.hint ?? ''}`
    .replaceAll(/127\.0\.0\.1:\d+/g, 'mirror')
    .replaceAll(/[0-9A-F]{16}/g, 'KEYID');
}

test('a lock has exact packages of all suites with scripts and reasons', async (t) => {
  const mirror = await startMirror(t);
  const lock = await lockFrom(t, [mirror]);
  const { indexes, packages, ...rest } = lock;
  t.deepEqual(rest, {
    version: 1,
    arch: 'x86_64',
    definition: { file: 'images/x.yaml', sha256: sha256('definition') },
    epoch: ARCHIVE_DAY.getTime() / 1000 + 3600,
  });
  t.deepEqual(
    indexes.map(({ archive, suite, date }) => [archive, suite, date]),
    [
      ['debian', 'trixie', ARCHIVE_DAY.getTime() / 1000],
      ['debian-security', 'trixie-security', ARCHIVE_DAY.getTime() / 1000 + 3600],
    ],
  );
  t.deepEqual(
    packages.map(({ name, version, suite, path, because }) => ({
      name,
      version,
      suite,
      path,
      because,
    })),
    [
      {
        name: 'bash',
        version: '5.2',
        suite: 'trixie',
        path: 'pool/main/b/bash/bash_5.2.deb',
        because: ['images/x.yaml'],
      },
      {
        name: 'libc6',
        version: '2.41+deb13u1',
        suite: 'trixie-security',
        path: 'pool/main/l/libc6/libc6_2.41+deb13u1.deb',
        because: ['bash (Depends)'],
      },
    ],
  );
  t.deepEqual(packages[0]?.scripts, { postinst: sha256('#!/bin/sh\necho hi\n') });
  t.false(formatLockfile(lock).includes('127.0.0.1'), 'no mirror is named in it');
});

test('the same archive gives the same lock', async (t) => {
  const mirror = await startMirror(t);
  const [first, second] = await Promise.all([lockFrom(t, [mirror]), lockFrom(t, [mirror])]);
  t.is(formatLockfile(first), formatLockfile(second));
});

test('a warm store is asked for nothing but InRelease', async (t) => {
  const mirror = await startMirror(t);
  await using scratch = await Scratch.create('lock');
  const store = await Store.open(scratch.path);
  await lockFrom(t, [mirror], { store });
  const before = mirror.requests.length;
  await lockFrom(t, [mirror], { store: await Store.open(scratch.path) });
  t.deepEqual(
    mirror.requests
      .slice(before)
      .map(({ path }) => path)
      .sort(),
    ['/debian-security/dists/trixie-security/InRelease', `${DIST}/InRelease`],
  );
});

test('maintainer scripts are handed over to be accounted for, and can stop the lock', async (t) => {
  const mirror = await startMirror(t);
  const account: LockInput['account'] = (packages) => {
    const named = packages.map(({ name, scripts }) => `${name}: ${Object.keys(scripts)}`);
    throw new KilnError('lock', named.join('; '));
  };
  t.is(await failure(lockFrom(t, [mirror], { account })), 'lock: bash: postinst; libc6: \n');
});

test('a mirror that is unsigned, foreign or out of date makes the turn of the next', async (t) => {
  const [bad, good] = await Promise.all([startMirror(t), startMirror(t)]);
  const documents = [
    releaseText('trixie'),
    await clearSign(releaseText('trixie'), [UNKNOWN]),
    await clearSign(releaseText('trixie', { 'Valid-Until': 'Mon, 01 Jun 2026 13:00:00 UTC' }), [
      KEY,
    ]),
  ];
  for (const document of documents) {
    bad.put(`${DIST}/InRelease`, document);
    t.is((await lockFrom(t, [bad, good])).packages.length, 2);
  }
});

test('an unsigned InRelease on the only mirror is an error that says so', async (t) => {
  const mirror = await startMirror(t);
  mirror.put(`${DIST}/InRelease`, releaseText('trixie'));
  t.snapshot(await failure(lockFrom(t, [mirror])));
});

test('an InRelease that is older than that of the lock is refused', async (t) => {
  const mirror = await startMirror(t);
  const previous = await lockFrom(t, [mirror]);
  const older = await buildSuite(
    'debian',
    { suite: 'trixie', packages: PACKAGES, fields: { Date: 'Sun, 31 May 2026 12:00:00 UTC' } },
    [KEY],
  );
  for (const [path, bytes] of Object.entries(older)) mirror.put(path, bytes);
  t.snapshot(await failure(lockFrom(t, [mirror], { previous })));
  t.is((await lockFrom(t, [mirror])).packages.length, 2, 'without a lock it is taken');
});

test('a package index with other bytes than the Release lists is refused', async (t) => {
  const mirror = await startMirror(t);
  const release = String(await (await fetch(`${mirror.url}${DIST}/InRelease`)).text());
  const digest = /([0-9a-f]{64}) +\d+ main\/binary-amd64\/Packages.gz/.exec(release)?.[1];
  const path = `${DIST}/main/binary-amd64/by-hash/SHA256/${digest}`;
  mirror.misbehaveAlways(path, { kind: 'corrupt', at: 20 });
  t.regex(await failure(lockFrom(t, [mirror])), /^verification: /);
});

test('a Release without by-hash names the index plainly', async (t) => {
  const mirror = await MirrorServer.start();
  t.teardown(() => mirror[Symbol.asyncDispose]());
  const files = await buildSuite(
    'debian',
    { suite: 'trixie', packages: PACKAGES, fields: { 'Acquire-By-Hash': undefined } },
    [KEY],
  );
  for (const [path, bytes] of Object.entries(files)) {
    mirror.put(path.replace(/by-hash\/SHA256\/.*/, 'Packages.gz'), bytes);
  }
  const suites = { trixie: { archive: 'debian', components: ['main'] } };
  t.is((await lockFrom(t, [mirror], { suites })).packages.length, 2);
});

test('a component that the suite does not have is an error', async (t) => {
  const mirror = await startMirror(t);
  const suites = { trixie: { archive: 'debian', components: ['main', 'contrib'] } };
  t.snapshot(await failure(lockFrom(t, [mirror], { suites })));
});

test('an unknown package is an error, and nothing is fetched', async (t) => {
  const mirror = await startMirror(t);
  t.snapshot(await failure(lockFrom(t, [mirror], { wanted: ['basch'] })));
  t.false(mirror.requests.some(({ path }) => path.includes('/pool/')));
});

test('a package that is not what its index says is refused', async (t) => {
  const mirror = await startMirror(t);
  const evil = await buildDeb(deb('evil', '5.2'));
  const paragraph = [
    'Package: bash\nVersion: 5.2\nArchitecture: amd64',
    `Filename: pool/main/b/bash/bash_5.2.deb\nSize: ${evil.length}\nSHA256: ${sha256(evil)}\n`,
  ].join('\n');
  const packages = gzipSync(paragraph);
  const release = releaseText('trixie', {}, { 'main/binary-amd64/Packages.gz': packages });
  mirror.put(`${DIST}/InRelease`, await clearSign(release, [KEY]));
  mirror.put(`${DIST}/main/binary-amd64/by-hash/SHA256/${sha256(packages)}`, packages);
  mirror.put('/debian/pool/main/b/bash/bash_5.2.deb', evil);
  const suites = { trixie: { archive: 'debian', components: ['main'] } };
  t.snapshot(await failure(lockFrom(t, [mirror], { suites })));
});

test('the archive keys that Kiln brings can be read', async (t) => {
  const directory = join(PROJECT_DIRECTORY, 'images/keys');
  t.is((await readArchiveKeys(directory)).length, 3);
  t.regex(
    await readFile(join(directory, 'debian-archive-trixie-stable.asc'), 'utf8'),
    /^-----BEGIN/,
  );
});
