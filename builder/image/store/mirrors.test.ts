import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { KilnError } from '../../report/errors.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { findMirrors, type MirrorOptions, siblingOf } from './mirrors.ts';

const A = 'http://a.example.test/debian';
const B = 'https://b.example.test/pub/debian';
const SNAPSHOT = 'http://snapshot.example.test/archive/debian/20260101T000000Z';

/** A host without apt, unless files of `/etc/apt` are given. */
async function mirrorsOf(
  t: ExecutionContext,
  options: Partial<MirrorOptions>,
  apt: Readonly<Record<string, string>> = {},
) {
  const aptDirectory = await emptyDirectory(t);
  await mkdir(join(aptDirectory, 'sources.list.d'));
  for (const [name, text] of Object.entries(apt)) await writeFile(join(aptDirectory, name), text);
  return await findMirrors({ env: {}, definition: [], aptDirectory, ...options });
}

const urls = async (
  t: ExecutionContext,
  options: Partial<MirrorOptions>,
  apt?: Readonly<Record<string, string>>,
) => {
  const mirrors = await mirrorsOf(t, options, apt);
  return [mirrors.urlsFor('debian', 'x'), mirrors.urlsFor('debian-security', 'x')];
};

test('the first that names mirrors decides: --mirror, KILN_MIRROR, definition, apt', async (t) => {
  const apt = { 'sources.list': 'deb http://apt.example.test/debian trixie main' };
  const env = { KILN_MIRROR: 'http://env.example.test/debian' };
  const definition = ['http://definition.example.test/debian'];
  const first = async (options: Partial<MirrorOptions>) =>
    (await mirrorsOf(t, options, apt)).describe;
  t.is(await first({ flag: A, env, definition }), `--mirror: ${A}`);
  t.is(await first({ env, definition }), 'KILN_MIRROR: http://env.example.test/debian');
  t.is(await first({ definition }), 'the definition: http://definition.example.test/debian');
  t.regex(await first({}), /^apt's sources in .*: http:\/\/apt\.example\.test\/debian$/);
});

test('further addresses are fallbacks, and slashes at the end do not matter', async (t) => {
  t.deepEqual(await urls(t, { env: { KILN_MIRROR: `${A}/  ${B}` } }), [
    [`${A}/x`, `${B}/x`],
    ['http://a.example.test/debian-security/x', 'https://b.example.test/pub/debian-security/x'],
  ]);
});

test('a snapshot has its security archive at the same time', async (t) => {
  t.deepEqual(await urls(t, { flag: `${A} ${SNAPSHOT}` }), [
    [`${A}/x`, `${SNAPSHOT}/x`],
    [
      'http://a.example.test/debian-security/x',
      'http://snapshot.example.test/archive/debian-security/20260101T000000Z/x',
    ],
  ]);
});

test('the security archive can be named', async (t) => {
  const env = { KILN_MIRROR_SECURITY: 'http://s.example.test/security/' };
  t.deepEqual((await urls(t, { flag: A, env }))[1], [
    'http://s.example.test/security/x',
    'http://a.example.test/debian-security/x',
  ]);
});

test('an archive with another name has no security archive beside it', async (t) => {
  const mirrors = await mirrorsOf(t, { flag: 'http://joe:secret@c.example.test/deb' });
  t.deepEqual(mirrors.urlsFor('debian', 'x'), ['http://joe:secret@c.example.test/deb/x']);
  const error = t.throws(() => mirrors.urlsFor('debian-security', 'x'), { instanceOf: KilnError });
  t.snapshot(`${error.message}\n${error.hint}`);
});

test('a plus in a path is escaped', async (t) => {
  const mirrors = await mirrorsOf(t, { flag: A });
  t.deepEqual(mirrors.urlsFor('debian', 'pool/main/g/g++_1~a.deb'), [
    `${A}/pool/main/g/g%2B%2B_1~a.deb`,
  ]);
});

test('siblings', (t) => {
  t.is(siblingOf(A, 'debian-debug'), 'http://a.example.test/debian-debug');
  t.is(siblingOf(A, 'debian'), A);
  t.is(
    siblingOf('http://debian.example.test/debian', 'debian-security'),
    'http://debian.example.test/debian-security',
  );
  t.is(siblingOf('http://a.example.test/mirror', 'debian-security'), undefined);
});

test('apt: both formats, any release, the security archive by its own source', async (t) => {
  const apt = {
    'sources.list': `deb ${A} bookworm main\ndeb ${A} bookworm-updates main\n`,
    'sources.list.d/debian.sources': `Types: deb\nURIs: ${B}\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\nTypes: deb\nURIs: http://s.example.test/debian-security\nSuites: trixie-security\nComponents: main\n`,
  };
  t.deepEqual(await urls(t, {}, apt), [
    [`${A}/x`, `${B}/x`],
    [
      'http://s.example.test/debian-security/x',
      'http://a.example.test/debian-security/x',
      'https://b.example.test/pub/debian-security/x',
    ],
  ]);
});

for (const [what, line] of [
  ['another distribution', 'deb http://archive.example.test/ubuntu noble main universe'],
  ['another distribution under this name', 'deb http://archive.example.test/debian noble main'],
  ['a vendor without main', 'deb https://download.example.test/linux/debian bookworm stable'],
  [
    'a vendor with a keyring of its own',
    'deb [signed-by=/usr/share/keyrings/vendor.gpg] https://pkgs.example.test/stable/debian bookworm main',
  ],
  ['a medium', 'deb cdrom:[Debian 13]/debian trixie main'],
  ['a directory', 'deb file:/srv/debian trixie main'],
  ['an own archive', 'deb http://own.example.test/packages trixie main'],
] as const) {
  test(`apt: ${what} is no mirror of Debian`, async (t) => {
    const error = await t.throwsAsync(mirrorsOf(t, {}, { 'sources.list': `${line}\n` }), {
      instanceOf: KilnError,
    });
    t.regex(error.message, /^no Debian mirror is known/);
  });
}

test('apt: files with other endings are not read', async (t) => {
  const apt = { 'sources.list.d/debian.list.save': `deb ${A} trixie main` };
  await t.throwsAsync(mirrorsOf(t, {}, apt), { instanceOf: KilnError });
});

test('without any mirror the error says what to set', async (t) => {
  const error = await t.throwsAsync(
    findMirrors({ env: {}, definition: [], aptDirectory: '/nonexistent' }),
    { instanceOf: KilnError },
  );
  t.snapshot(`${error.code}: ${error.message}\n${error.hint}`);
});

for (const address of [
  'mirror.example.test/debian',
  'ftp://mirror.example.test/debian',
  'http://',
]) {
  test(`${address} is refused with the name of the setting`, async (t) => {
    const error = await t.throwsAsync(mirrorsOf(t, { env: { KILN_MIRROR: address } }), {
      instanceOf: KilnError,
    });
    t.is(error.message, `KILN_MIRROR: ${address} is not an http or https address`);
  });
}
