import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../report/scratch.ts';
import { sha256 } from '../../report/sha256.ts';
import { diffLocks, formatChanges } from './diff-locks.ts';
import type { LockedPackage, Lockfile } from './lockfile.ts';
import { existingLockPathOf, lockPathOf } from './lockfile-path.ts';
import { isStale, obtainLock, obtainToolsLock } from './obtain-lock.ts';
import { parseLockfile, readLockfile } from './read-lockfile.ts';
import { formatLockfile, writeLockfile } from './write-lockfile.ts';

function locked(name: string, version: string, because = 'images/base.yaml'): LockedPackage {
  return {
    name,
    version,
    architecture: 'amd64',
    archive: 'debian',
    suite: 'trixie',
    path: `pool/main/${name[0]}/${name}/${name}_${version}.deb`,
    sizeBytes: 1000,
    sha256: sha256(`${name} ${version}`),
    scripts: { preinst: sha256('pre'), postinst: sha256('post') },
    because: [because],
  };
}

function lockOf(...packages: readonly LockedPackage[]): Lockfile {
  return {
    version: 1,
    arch: 'x86_64',
    definition: { file: 'images/x86_64.yaml', sha256: sha256('definition') },
    epoch: 1780315200,
    indexes: [{ archive: 'debian', suite: 'trixie', date: 1780315200, sha256: sha256('in') }],
    packages,
  };
}

const LOCK = lockOf(locked('bash', '5.2'), locked('libc6', '2.41-1', 'bash (Depends)'));

test('a lock file is written with sorted keys, one field a line', (t) => {
  t.snapshot(formatLockfile(LOCK));
});

test('what is written is read back', async (t) => {
  await using scratch = await Scratch.create('lockfile');
  const path = join(scratch.path, 'deep/x.lock.json');
  await writeLockfile(path, LOCK);
  await writeLockfile(path, LOCK);
  t.deepEqual(await readLockfile(path), LOCK);
  t.deepEqual(await readdir(join(scratch.path, 'deep')), ['x.lock.json'], 'nothing is left over');
});

test('several may write the same lock file at once', async (t) => {
  await using scratch = await Scratch.create('lock');
  const path = join(scratch.path, 'image.lock.json');
  await Promise.all(Array.from({ length: 20 }, () => writeLockfile(path, LOCK)));
  t.deepEqual(await readLockfile(path), LOCK);
  t.deepEqual(await readdir(scratch.path), ['image.lock.json']);
});

test('no lock file is not an error, an unreadable one is', async (t) => {
  await using scratch = await Scratch.create('lockfile');
  t.is(await readLockfile(join(scratch.path, 'none.lock.json')), undefined);
  await t.throwsAsync(readLockfile(scratch.path), { code: 'lock', message: /cannot be read/ });
});

/** What a hand, a merge or an attacker may do to a lock file. */
const DAMAGES: Readonly<Record<string, (lock: string) => string>> = {
  'cut off': (lock) => lock.slice(0, 100),
  'a list': () => '[]',
  'an unknown key': (lock) => lock.replace('"epoch"', '"x": 1,\n  "epoch"'),
  'a missing key': (lock) => lock.replace(/ {2}"epoch": \d+,\n/, ''),
  'a later version': (lock) => lock.replace('"version": 1\n', '"version": 2\n'),
  'an unknown architecture': (lock) => lock.replace('x86_64"', 'riscv64"'),
  'a short digest': (lock) => lock.replace(/"sha256": "[0-9a-f]{8}/, '"sha256": "'),
  'a negative size': (lock) => lock.replace('"sizeBytes": 1000', '"sizeBytes": -1'),
  'a size as text': (lock) => lock.replace('"sizeBytes": 1000', '"sizeBytes": "1000"'),
  'a path that leaves the archive': (lock) => lock.replace('pool/main/b', '../../b'),
  'an absolute path': (lock) => lock.replace('"pool/main/b', '"/pool/main/b'),
  'an address as path': (lock) => lock.replace('"pool/main/b', '"http://evil.example.test/b'),
  'a name with a slash': (lock) => lock.replace('"name": "bash"', '"name": "../bash"'),
  'a package twice': (lock) => lock.replace('"name": "libc6"', '"name": "bash"'),
  'packages out of order': (lock) => lock.replace('"name": "bash"', '"name": "zsh"'),
  'a prototype key': (lock) => lock.replace('"epoch"', '"__proto__": {},\n  "epoch"'),
};

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`a lock file is refused: ${what}`, (t) => {
    const text = damage(formatLockfile(LOCK));
    t.not(text, formatLockfile(LOCK));
    const error = t.throws(() => parseLockfile(text, 'x.lock.json'), { code: 'lock' });
    if (what !== 'cut off') t.snapshot(error?.message);
  });
}

test('changes between locks are a table', (t) => {
  const before = lockOf(
    locked('gone', '1'),
    locked('same', '1'),
    locked('systemd', '257.8-1'),
    locked('x', '1'),
  );
  const rebuilt = { ...locked('x', '1'), sha256: sha256('other bytes') };
  const after = lockOf(
    locked('libnew1', '2:1.0', 'systemd (Depends)'),
    locked('same', '1'),
    locked('systemd', '257.9-1'),
    rebuilt,
  );
  t.snapshot(formatChanges(diffLocks(before, after)));
  t.deepEqual(diffLocks(after, after), []);
  t.is(diffLocks(undefined, after).length, 4);
});

test('the lock lies beside its definition', async (t) => {
  await using scratch = await Scratch.create('lockfile');
  const definition = join(scratch.path, 'my.image.yaml');
  t.deepEqual(await lockPathOf(definition, {}), {
    path: join(scratch.path, 'my.image.lock.json'),
    isBeside: true,
  });
});

/** Permissions do not stop root. */
const unlessRoot = process.getuid?.() === 0 ? test.skip : test;

unlessRoot('beside a definition that cannot be written, a lock is read but not made', async (t) => {
  await using scratch = await Scratch.create('lockfile');
  const images = join(scratch.path, 'images');
  const definition = join(images, 'x.yaml');
  const env = { XDG_CACHE_HOME: join(scratch.path, 'cache') };
  await mkdir(images);
  await writeFile(join(images, 'x.lock.json'), '');
  await chmod(images, 0o555);
  const { path, isBeside } = await lockPathOf(definition, env);
  t.false(isBeside);
  t.is(path, join(scratch.path, 'cache/kiln/locks', sha256(definition), 'x.lock.json'));
  t.is(await existingLockPathOf(definition, env), join(images, 'x.lock.json'));
  await writeLockfile(path, LOCK);
  t.is(await existingLockPathOf(definition, env), path);
  await chmod(images, 0o755);
});

const REQUEST = {
  file: 'images/x.yaml',
  arch: 'x86_64',
  suites: {},
  wanted: [],
  omitted: [],
  checksum: sha256('definition'),
  fail: () => {
    throw new Error('not asked for');
  },
} as const;
const CHANGED = { ...REQUEST, checksum: sha256('changed') };

test('a lock is stale when the definition or the architecture is another', (t) => {
  t.false(isStale(LOCK, REQUEST));
  t.true(isStale(LOCK, CHANGED));
  t.true(isStale(LOCK, { ...REQUEST, arch: 'arm64' }));
});

test('a build without a lock makes one; with one it takes it; a stale one stops it', async (t) => {
  await using scratch = await Scratch.create('lockfile');
  const file = join(scratch.path, 'x.yaml');
  let made = 0;
  const make = async () => {
    made += 1;
    return LOCK;
  };
  t.deepEqual(await obtainLock(file, REQUEST, {}, make), LOCK);
  t.is(await readFile(join(scratch.path, 'x.lock.json'), 'utf8'), formatLockfile(LOCK));
  t.deepEqual(await obtainLock(file, REQUEST, {}, make), LOCK);
  t.is(made, 1);
  const error = await t.throwsAsync(obtainLock(file, CHANGED, {}, make), { code: 'stale-lock' });
  t.snapshot(error?.message.replaceAll(scratch.path, 'images'));
});

test("the tools' lock follows its definition", async (t) => {
  await using scratch = await Scratch.create('lockfile');
  const file = join(scratch.path, 'tools.yaml');
  const seen: unknown[] = [];
  const make = async (previous: Lockfile | undefined) => {
    seen.push(previous);
    return LOCK;
  };
  await obtainToolsLock(file, REQUEST, {}, make);
  await obtainToolsLock(file, REQUEST, {}, make);
  await obtainToolsLock(file, CHANGED, {}, make);
  t.deepEqual(seen, [undefined, LOCK]);
});
