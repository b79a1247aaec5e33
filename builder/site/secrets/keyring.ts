import { Decrypter } from 'age-encryption';
import { KilnError } from '../../report/errors.ts';
import { readPrivate } from './bundle-file.ts';
import type { Keyring } from './seal.ts';

/** Asks a person for a secret, who sees nothing of it; undefined when nobody is there. */
export type AskSecret = (question: string) => Promise<string | undefined>;

/**
 * The keyring of a command: KILN_PASSPHRASE, else a person is asked, once; and the identities of the file that
 * KILN_IDENTITY names, which age-keygen wrote.
 */
export function commandKeyring(env: NodeJS.ProcessEnv, ask: AskSecret): Keyring {
  const known = new Map<string, Promise<string>>();
  return {
    hasPassphrase: Boolean(env.KILN_PASSPHRASE),
    passphrase(purpose, path) {
      const answer = known.get(path) ?? passphraseFor(purpose, path, { env, ask });
      known.set(path, answer);
      return answer;
    },
    identities: (path) => readIdentities(path, env.KILN_IDENTITY),
  };
}

async function passphraseFor(
  purpose: 'open' | 'new',
  path: string,
  { env, ask }: { readonly env: NodeJS.ProcessEnv; readonly ask: AskSecret },
): Promise<string> {
  if (env.KILN_PASSPHRASE) return env.KILN_PASSPHRASE;
  const answer = await ask(`${purpose === 'new' ? 'New passphrase' : 'Passphrase'} for ${path}: `);
  if (answer === undefined) {
    throw new KilnError(
      'usage',
      `${path} needs a passphrase, and there is no terminal to ask for it`,
      {
        hint: 'set KILN_PASSPHRASE',
      },
    );
  }
  if (purpose === 'new') {
    if (answer === '') throw new KilnError('usage', 'an empty passphrase protects nothing');
    const again = await ask(`Again, for ${path}: `);
    if (again !== answer) throw new KilnError('usage', 'the two passphrases are not the same');
  }
  return answer;
}

async function readIdentities(path: string, file: string | undefined): Promise<readonly string[]> {
  if (!file) {
    throw new KilnError('usage', `${path} is encrypted for age recipients`, {
      hint: 'set KILN_IDENTITY to the file with your identity, as age-keygen wrote it',
    });
  }
  const bytes = await readPrivate(file);
  if (bytes === undefined)
    throw new KilnError('usage', `cannot read ${file}: there is no such file`);
  const lines = bytes.toString('utf8').split(/\r?\n/);
  const identities = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const bad = identities.find((identity) => !isIdentity(identity));
  if (bad !== undefined || identities.length === 0) {
    const where = bad === undefined ? file : `${file}:${lines.indexOf(bad) + 1}`;
    throw new KilnError('usage', `${where}: no identity of age's`, {
      hint: 'each line is AGE-SECRET-KEY-…, a comment, or empty; files that are encrypted themselves are not read',
    });
  }
  return identities;
}

function isIdentity(line: string): boolean {
  try {
    new Decrypter().addIdentity(line);
    return true;
  } catch {
    return false;
  }
}
