import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createCleartextMessage, generateKey, type PrivateKey, sign } from 'openpgp';
import { sha256 } from '../report/sha256.ts';
import { buildDeb, type DebContents } from './deb-builder.ts';

/** The day on which everything in a test archive was made. */
export const ARCHIVE_DAY = new Date('2026-06-01T12:00:00Z');

/** A throw-away key that signs package indexes. */
export interface SigningKey {
  readonly privateKey: PrivateKey;
  /** Armored. */
  readonly publicKey: string;
}

/** Makes a key that was made a year before the archive; it never expires unless told. */
export async function makeKey(name: string, lifetimeSeconds = 0): Promise<SigningKey> {
  const { privateKey } = await generateKey({
    format: 'object',
    type: 'ecc',
    userIDs: [{ name }],
    date: new Date('2025-06-01T12:00:00Z'),
    keyExpirationTime: lifetimeSeconds,
  });
  return { privateKey, publicKey: privateKey.toPublic().armor() };
}

/** Signs a text with one or more keys, as an archive signs its InRelease. */
export async function clearSign(
  text: string,
  keys: readonly SigningKey[],
  date: Date = ARCHIVE_DAY,
): Promise<string> {
  const signed = await sign({
    message: await createCleartextMessage({ text }),
    signingKeys: keys.map((key) => key.privateKey),
    date,
  });
  return signed.replaceAll('\r\n', '\n');
}

/** What a suite's Release says; every field may be replaced, or left out by `undefined`. */
export interface SuiteContents {
  readonly suite: string;
  readonly packages: readonly DebContents[];
  readonly architecture?: string;
  readonly fields?: Readonly<Record<string, string | undefined>>;
}

/** Files of an archive by path, as a MirrorServer serves them. */
export type ArchiveFiles = Readonly<Record<string, Buffer | string>>;

/** A suite with its packages: index, signed InRelease, pool, below `/<archive>/`. */
export async function buildSuite(
  archive: string,
  { suite, packages, architecture = 'amd64', fields = {} }: SuiteContents,
  keys: readonly SigningKey[],
): Promise<ArchiveFiles> {
  const pool: Record<string, Buffer> = {};
  const paragraphs: string[] = [];
  for (const contents of packages) {
    const deb = await buildDeb(contents);
    const { Package: name = '', Version: version = '' } = contents.control;
    const path = `pool/main/${name[0]}/${name}/${name}_${version.replace(/^\d+:/, '')}.deb`;
    pool[`/${archive}/${path}`] = deb;
    const control = Object.entries(contents.control).map(
      ([field, value]) => `${field}: ${value}\n`,
    );
    const file = `Filename: ${path}\nSize: ${deb.length}\nSHA256: ${sha256(deb)}\n`;
    paragraphs.push(`${control.join('')}Description: something\n more of it\n${file}`);
  }
  const index = gzipSync(paragraphs.join('\n'));
  const release = releaseText(suite, fields, {
    [`main/binary-${architecture}/Packages.gz`]: index,
  });
  const dists = `/${archive}/dists/${suite}`;
  return {
    ...pool,
    [`${dists}/InRelease`]: await clearSign(release, keys),
    [`${dists}/main/binary-${architecture}/by-hash/SHA256/${sha256(index)}`]: index,
  };
}

/** The text of a Release that lists these files. */
export function releaseText(
  suite: string,
  fields: Readonly<Record<string, string | undefined>> = {},
  files: Readonly<Record<string, Buffer>> = {},
): string {
  const all: Readonly<Record<string, string | undefined>> = {
    Origin: 'Test',
    Suite: `stable-of-${suite}`,
    Codename: suite,
    Date: 'Mon, 01 Jun 2026 12:00:00 UTC',
    'Valid-Until': 'Mon, 08 Jun 2026 12:00:00 UTC',
    'Acquire-By-Hash': 'yes',
    Architectures: 'all amd64 arm64',
    'No-Support-for-Architecture-all': 'Packages',
    Components: 'main',
    SHA256: Object.entries(files)
      .map(([path, bytes]) => `\n ${sha256(bytes)} ${String(bytes.length).padStart(9)} ${path}`)
      .join(''),
    ...fields,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`.replace(/: \n/, ':\n')],
  );
  return `${lines.join('\n')}\n`;
}

/** Writes the public keys to a new directory `keys` below `parent` and returns its path. */
export async function writeKeys(parent: string, keys: readonly SigningKey[]): Promise<string> {
  const directory = join(parent, 'keys');
  await mkdir(directory, { recursive: true });
  for (const [i, key] of keys.entries()) {
    await writeFile(join(directory, `key-${i}.asc`), key.publicKey);
  }
  return directory;
}
