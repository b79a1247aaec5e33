import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PublicKey, readCleartextMessage, readKeys, verify } from 'openpgp';
import { KilnError } from '../../report/errors.ts';

declare const signed: unique symbol;

/** Text that a known key has signed: the signed part alone; made by verifyClearSigned only. */
export type SignedText = string & { readonly [signed]: true };

/** A public key that may sign package indexes. */
export type ArchiveKey = PublicKey;

/** A host's clock may be behind the archive's by this much. */
export const CLOCK_SKEW_MS = 60 * 60 * 1000;

const BEGIN_MESSAGE = '-----BEGIN PGP SIGNED MESSAGE-----';
const BEGIN_SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END_SIGNATURE = '-----END PGP SIGNATURE-----';

/**
 * All armored public keys (`*.asc`) of a directory.
 * Throws KilnError `verification` when there is none, or a file holds something else.
 */
export async function readArchiveKeys(directory: string): Promise<readonly ArchiveKey[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.asc')).sort();
  const keys = await Promise.all(names.map((name) => readKeyFile(join(directory, name))));
  if (keys.length === 0) {
    throw new KilnError('verification', `${directory} holds no archive keys (*.asc)`);
  }
  return keys.flat();
}

/**
 * Checks a clear-signed message (RFC 9580, section 7) and returns the text that was signed.
 *
 * One good signature by a known key is enough: an archive signs with its old and its new key. A bad
 * one by a known key is an error even beside a good one. `what` names the file in errors.
 * Throws KilnError `verification`.
 */
export async function verifyClearSigned(
  bytes: Uint8Array,
  keys: readonly ArchiveKey[],
  now: Date,
  what: string,
): Promise<SignedText> {
  const text = Buffer.from(bytes).toString('utf8');
  checkFraming(text, what);
  const message = await readCleartextMessage({ cleartextMessage: text }).catch((error: unknown) => {
    throw refused(what, `its signature cannot be read (${reasonOf(error)})`, error);
  });
  const { data, signatures } = await verify({
    message,
    verificationKeys: [...keys],
    date: new Date(now.getTime() + CLOCK_SKEW_MS),
  });
  let good = 0;
  for (const { keyID, verified } of signatures) {
    const key = keys.find((candidate) => candidate.getKeys(keyID).length > 0);
    if (key === undefined) continue;
    const id = keyID.toHex().toUpperCase();
    try {
      await verified;
      // The library checks the key as of the day of the signature; a key that has expired since no longer counts.
      await key.getSigningKey(keyID, now);
    } catch (error) {
      throw refused(what, `the signature of key ${id} is not valid: ${reasonOf(error)}`, error);
    }
    good += 1;
  }
  if (good === 0) {
    const ids = signatures.map(({ keyID }) => keyID.toHex().toUpperCase());
    throw refused(what, ids.length === 0 ? 'it carries no signature' : unknownKeys(ids));
  }
  return asSigned(data);
}

/**
 * Nothing may stand before, after or between the parts, or a reader could take unsigned text for
 * signed: the message must begin the file, its signature must end it, and each appears once.
 */
function checkFraming(text: string, what: string): void {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  if (lines[0] !== BEGIN_MESSAGE) throw refused(what, 'it is not signed');
  const signature = lines.indexOf(BEGIN_SIGNATURE);
  const end = lines.indexOf(END_SIGNATURE);
  if (signature < 0 || end < signature) throw refused(what, 'its signature is missing');
  if (end !== lines.length - 1) throw refused(what, 'text follows its signature');
  const isEscaped = (line: string): boolean => !line.startsWith('-') || line.startsWith('- ');
  if (!lines.slice(1, signature).every(isEscaped)) {
    throw refused(what, 'its signed text has a line that begins with a bare "-"');
  }
  if (!lines.slice(signature + 1, end).every(isEscaped)) {
    throw refused(what, 'it has more than one signature block');
  }
}

async function readKeyFile(path: string): Promise<readonly ArchiveKey[]> {
  const armoredKeys = await readFile(path, 'utf8');
  return readKeys({ armoredKeys }).catch((error: unknown) => {
    throw new KilnError('verification', `${path} is no armored public key: ${reasonOf(error)}`);
  });
}

function unknownKeys(ids: readonly string[]): string {
  return `it is signed by ${ids.join(', ')}, and none of these is a known archive key`;
}

function refused(what: string, fault: string, cause?: unknown): KilnError {
  return new KilnError('verification', `${what} is refused: ${fault}`, {
    hint: 'the mirror may be damaged, out of date or not what it says it is: try another one with --mirror',
    ...(cause === undefined ? {} : { cause }),
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function asSigned(text: string): SignedText {
  return text as SignedText;
}
