import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { Scratch } from '../../report/scratch.ts';
import { sha256 } from '../../report/sha256.ts';
import {
  ARCHIVE_DAY,
  clearSign,
  makeKey,
  releaseText,
  type SigningKey,
  writeKeys,
} from '../../testing/signed-archive.ts';
import { verifyInRelease } from './in-release.ts';
import { readArchiveKeys } from './openpgp.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const KNOWN = await makeKey('Known');
const OTHER_KNOWN = await makeKey('Other known');
const UNKNOWN = await makeKey('Unknown');
/** Lives until a month after the archive's day. */
const EXPIRING = await makeKey('Expiring', (365 + 30) * 24 * 60 * 60);

async function keysOf(keys: readonly SigningKey[]) {
  await using scratch = await Scratch.create('keys');
  return readArchiveKeys(await writeKeys(scratch.path, keys));
}

interface Options {
  readonly keys?: readonly SigningKey[];
  readonly suite?: string;
  readonly afterDays?: number;
  readonly since?: string;
}

async function verify(text: string | Buffer, options: Options = {}) {
  const { keys = [KNOWN, OTHER_KNOWN, EXPIRING], suite = 'trixie', afterDays = 1, since } = options;
  const now = new Date(ARCHIVE_DAY.getTime() + afterDays * DAY_MS);
  const what = 'debian/dists/trixie/InRelease';
  const demand = { keys: await keysOf(keys), suite, now, since, what };
  return verifyInRelease(Buffer.from(text), demand);
}

/** The message and the hint; key ids are made anew in each run. */
async function refusal(text: string | Buffer, options: Options = {}): Promise<string> {
  const error = await verify(text, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof KilnError)) return `not refused: ${error}`;
  return `${error.code}: ${error.message}\n${error.hint}`.replaceAll(/[0-9A-F]{16}/g, 'KEYID');
}

test('a Release that a known key has signed is read', async (t) => {
  const text = await clearSign(releaseText('trixie', {}, { 'main/x': Buffer.from('x') }), [KNOWN]);
  const verified = await verify(text);
  t.is(verified.sha256, sha256(text));
  t.deepEqual(verified.release, {
    suite: 'stable-of-trixie',
    codename: 'trixie',
    date: ARCHIVE_DAY,
    validUntil: new Date('2026-06-08T12:00:00Z'),
    architectures: ['all', 'amd64', 'arm64'],
    hasByHash: true,
    hasIndexForAll: false,
    files: new Map([['main/x', { sha256: sha256('x'), sizeBytes: 1 }]]),
  });
});

test('the role of a suite is as good as its codename', async (t) => {
  const text = await clearSign(releaseText('trixie'), [KNOWN]);
  t.is((await verify(text, { suite: 'stable-of-trixie' })).release.codename, 'trixie');
});

test('one signature of a known key is enough', async (t) => {
  const text = await clearSign(releaseText('trixie'), [UNKNOWN, KNOWN]);
  await t.notThrowsAsync(verify(text));
});

test('a Release without Valid-Until is in force for ever', async (t) => {
  const text = await clearSign(releaseText('trixie', { 'Valid-Until': undefined }), [KNOWN]);
  await t.notThrowsAsync(verify(text, { afterDays: 300 }));
});

test('lines that begin with a dash are signed and read as they were', async (t) => {
  const release = releaseText('trixie', { 'X-Notes': 'text\n -----BEGIN PGP SIGNATURE-----' });
  await t.notThrowsAsync(verify(await clearSign(release, [KNOWN])));
  const dashed = await clearSign(`${release}-x: y\n`, [KNOWN]);
  t.true(dashed.includes('\n- -x: y'));
  await t.notThrowsAsync(verify(dashed));
});

test('an unknown key is refused', async (t) => {
  t.snapshot(await refusal(await clearSign(releaseText('trixie'), [UNKNOWN])));
});

test('a flipped byte of the text is refused', async (t) => {
  const good = await clearSign(releaseText('trixie'), [KNOWN]);
  t.snapshot(await refusal(good.replace('Codename: trixie', 'Codename: trixif')));
});

test('a flipped bit anywhere is refused, or changes nothing that is read', async (t) => {
  const good = Buffer.from(await clearSign(releaseText('trixie'), [KNOWN]));
  const { release } = await verify(good);
  for (let at = 0; at < good.length; at += 3) {
    const flipped = Buffer.from(good);
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at);
    // Spaces at line ends and the armor's own checksum are not part of what is signed.
    const read = await verify(flipped).catch(() => undefined);
    if (read !== undefined) t.deepEqual(read.release, release, `byte ${at}`);
  }
});

test('a bad signature of a known key is refused even beside a good one', async (t) => {
  const release = releaseText('trixie');
  const [good, bad] = await Promise.all([
    clearSign(release, [KNOWN, OTHER_KNOWN]),
    clearSign(`${release}X: y\n`, [KNOWN, OTHER_KNOWN]),
  ]);
  const at = (text: string): number => text.indexOf('-----BEGIN PGP SIGNATURE-----');
  t.regex(await refusal(good.slice(0, at(good)) + bad.slice(at(bad))), /is not valid/);
});

test('text outside of the signed part is refused', async (t) => {
  const good = await clearSign(releaseText('trixie'), [KNOWN]);
  t.snapshot(await refusal(`Codename: trixie\n\n${good}`), 'before');
  t.snapshot(await refusal(`${good}\nCodename: evil\n`), 'after');
  t.snapshot(await refusal(`${good}${good}`), 'twice');
  const between = good.replace('-----BEGIN PGP SIGNATURE', 'X: y\n-----BEGIN PGP SIGNATURE');
  t.snapshot(await refusal(between), 'between');
  t.snapshot(await refusal(good.replace('\nHash: ', '\nCodename: evil\nHash: ')), 'as a header');
});

test('what is not signed is refused', async (t) => {
  const good = await clearSign(releaseText('trixie'), [KNOWN]);
  t.snapshot(await refusal(releaseText('trixie')), 'a plain Release');
  t.snapshot(await refusal(good.slice(0, good.indexOf('-----BEGIN PGP SIGNATURE'))), 'cut off');
  const empty = good.replace(/(SIGNATURE-----\s+)[^-]+(-----END)/, '$1$2');
  t.regex(await refusal(empty), /^verification: .* is refused: /);
  t.snapshot(await refusal(''), 'an empty file');
  t.snapshot(await refusal('<html>Please log in</html>'), 'a web page');
});

test('another suite is refused', async (t) => {
  t.snapshot(await refusal(await clearSign(releaseText('bookworm'), [KNOWN])));
});

test('a Release after its Valid-Until is refused', async (t) => {
  const good = await clearSign(releaseText('trixie'), [KNOWN]);
  t.snapshot(await refusal(good, { afterDays: 8 }));
});

test('a Release of a suite that may be out of date is taken from a day on, and no older one', async (t) => {
  const good = await clearSign(releaseText('trixie'), [KNOWN]);
  await t.notThrowsAsync(verify(good, { afterDays: 300, since: '2026-06-01' }));
  t.snapshot(await refusal(good, { since: '2026-06-02' }));
  t.regex(await refusal(good, { afterDays: -2, since: '2026-01-01' }), /is refused/);
});

test('a Release from the future is refused, but for a clock that is a little behind', async (t) => {
  const good = await clearSign(releaseText('trixie'), [KNOWN]);
  await t.notThrowsAsync(verify(good, { afterDays: -0.5 / 24 }));
  t.regex(await refusal(good, { afterDays: -2 }), /is refused/);
  const future = releaseText('trixie', { Date: 'Mon, 01 Jun 2027 12:00:00 UTC' });
  t.snapshot(await refusal(await clearSign(future, [KNOWN])));
});

test('a key that has expired since is refused', async (t) => {
  const release = releaseText('trixie', { 'Valid-Until': undefined });
  const text = await clearSign(release, [EXPIRING]);
  await t.notThrowsAsync(verify(text, { afterDays: 29 }));
  t.snapshot(await refusal(text, { afterDays: 31 }));
});

const MALFORMED: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  'no Date': { Date: undefined },
  'a Date in local time': { Date: 'Mon, 01 Jun 2026 12:00:00 CEST' },
  'a malformed Valid-Until': { 'Valid-Until': 'never' },
  'no SHA256 list': { SHA256: undefined },
  'a malformed SHA256 list': { SHA256: '\n abc 1 main/x' },
};

for (const [what, fields] of Object.entries(MALFORMED)) {
  test(`a signed Release with ${what} is refused`, async (t) => {
    t.snapshot(await refusal(await clearSign(releaseText('trixie', fields), [KNOWN])));
  });
}

test('a key directory must have keys, and nothing else as .asc', async (t) => {
  await using scratch = await Scratch.create('keys');
  await t.throwsAsync(readArchiveKeys(scratch.path), { message: /holds no archive keys/ });
  await writeFile(join(scratch.path, 'x.asc'), 'nonsense');
  await t.throwsAsync(readArchiveKeys(scratch.path), { message: /is no armored public key/ });
});
