import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/** Where everything random of a site comes from. */
export interface Entropy {
  bytes(count: number): Uint8Array;
  /** A new RSA-2048 private key: PKCS#1, PEM. */
  rsaKey(): Promise<string>;
}

/** The machine's randomness. Keys are made in other threads: several at once take no longer than the cores need. */
export const MACHINE_ENTROPY: Entropy = {
  bytes: (count) => randomBytes(count),
  rsaKey: async () => {
    const { privateKey } = await promisify(generateKeyPair)('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    return privateKey;
  },
};

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The largest multiple of the alphabet's length that a byte can have: above it some letters would be likelier. */
const LIMIT = 256 - (256 % ALPHABET.length);

/** That many characters of `[a-z0-9]`, all equally likely. */
export function randomWord(length: number, entropy: Entropy): string {
  let word = '';
  while (word.length < length) {
    for (const byte of entropy.bytes(length - word.length)) {
      if (byte < LIMIT) word += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return word;
}
