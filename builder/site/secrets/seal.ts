import { armor, Decrypter, Encrypter } from 'age-encryption';
import { KilnError } from '../../report/errors.ts';

/** How a bundle is kept at rest; encrypted ones are files of age (age-encryption.org/v1), in its ASCII armor. */
export type Seal =
  | { readonly kind: 'plain' }
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'recipients'; readonly recipients: readonly string[] };

/** What opens sealed bundles; it is asked only for what a bundle needs. */
export interface Keyring {
  /** Whether a passphrase is there without asking: then a new bundle is sealed with it. */
  readonly hasPassphrase: boolean;
  /** `new` is one that nothing was sealed with yet. */
  passphrase(purpose: 'open' | 'new', path: string): Promise<string>;
  identities(path: string): Promise<readonly string[]>;
}

const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----';
const HEADER = 'age-encryption.org/v1\n';

/**
 * Whom age's library can encrypt for and decrypt as: X25519, and its hybrid with ML-KEM. SSH keys it does not know.
 * Those of the kind `age1tag` are for hardware, which cannot be asked from here.
 */
export const RECIPIENT = /^age1(?!tag)[a-z0-9]+$/;

/** An opened bundle's text, and what it takes to seal it again. */
export interface Unsealed {
  readonly text: string;
  /** Recipients are not known from the outside: they stand in the text. */
  readonly kind: Seal['kind'];
  readonly passphrase?: string;
}

/**
 * Opens a bundle.
 * @throws KilnError `verification` when the passphrase or identity is wrong or the file damaged
 */
export async function unseal(bytes: Uint8Array, path: string, keyring: Keyring): Promise<Unsealed> {
  const file = rawFile(bytes, path);
  if (file === undefined) return { text: textOf(bytes, path), kind: 'plain' };
  const decrypter = new Decrypter();
  // The first stanza says what it takes; a passphrase is always the only one (age's specification, "scrypt").
  if (!/^-> scrypt /m.test(headerOf(file))) {
    for (const identity of await keyring.identities(path)) decrypter.addIdentity(identity);
    const text = textOf(
      await decrypt(decrypter, file, path, 'no identity in KILN_IDENTITY opens it'),
      path,
    );
    return { text, kind: 'recipients' };
  }
  const passphrase = await keyring.passphrase('open', path);
  decrypter.addPassphrase(passphrase);
  const text = textOf(await decrypt(decrypter, file, path, 'the passphrase is wrong'), path);
  return { text, kind: 'passphrase', passphrase };
}

/** The bytes to keep of a bundle's text. Each time others: age takes a new key for every file. */
export async function sealText(text: string, seal: Seal): Promise<string> {
  if (seal.kind === 'plain') return text;
  const encrypter = new Encrypter();
  if (seal.kind === 'passphrase') encrypter.setPassphrase(seal.passphrase);
  else for (const recipient of seal.recipients) encrypter.addRecipient(recipient);
  return `${armor.encode(await encrypter.encrypt(text)).trimEnd()}\n`;
}

/**
 * Checks what the user gave as recipients.
 * @throws KilnError `usage` with all that are none
 */
export function checkRecipients(recipients: readonly string[]): void {
  const bad = recipients.filter((each) => !isRecipient(each));
  if (bad.length === 0) return;
  const shown = bad.map((each) =>
    each.startsWith('AGE-SECRET-KEY-') ? 'a secret key' : `"${each}"`,
  );
  throw new KilnError(
    'usage',
    `not a recipient that a bundle can be encrypted for: ${shown.join(', ')}`,
    {
      hint: 'a recipient is the public key that age-keygen prints: age1…; SSH keys and hardware keys are not supported',
    },
  );
}

function isRecipient(text: string): boolean {
  try {
    new Encrypter().addRecipient(text);
    return RECIPIENT.test(text);
  } catch {
    return false;
  }
}

/** The file without its armor, or undefined when it is not encrypted. */
function rawFile(bytes: Uint8Array, path: string): Uint8Array | undefined {
  const buffer = Buffer.from(bytes);
  if (buffer.subarray(0, HEADER.length).toString('latin1') === HEADER) return bytes;
  if (!buffer.subarray(0, ARMOR.length).equals(Buffer.from(ARMOR))) return undefined;
  try {
    return armor.decode(buffer.toString('latin1'));
  } catch {
    throw damaged(path);
  }
}

function headerOf(file: Uint8Array): string {
  const text = Buffer.from(file).toString('latin1');
  const end = text.indexOf('\n---');
  return end < 0 ? text : text.slice(0, end);
}

async function decrypt(
  decrypter: Decrypter,
  file: Uint8Array,
  path: string,
  refusal: string,
): Promise<Uint8Array> {
  try {
    return await decrypter.decrypt(file);
  } catch (error) {
    // The library's only word for a key that does not fit.
    const isRefused = error instanceof Error && error.message.startsWith('no identity matched');
    throw isRefused
      ? new KilnError('verification', `cannot open ${path}: ${refusal}`)
      : damaged(path);
  }
}

function damaged(path: string): KilnError {
  return new KilnError('verification', `${path} is damaged: it is cut off or was changed`, {
    hint: 'take it from your copy; its secrets cannot be made again',
  });
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new KilnError('definition', `${path} is not UTF-8 text`);
  }
}
