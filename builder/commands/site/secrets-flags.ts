import type { Command } from 'commander';

/** What `withSecrets` parses. */
export interface SecretsOptions {
  readonly secrets?: string;
}

/** The environment variables that open an encrypted bundle, for the help of commands. */
export const SECRETS_HELP = `
An encrypted bundle is opened with the passphrase in KILN_PASSPHRASE, which is asked for on a terminal, or with the
identity in the file that KILN_IDENTITY names; that file has to have mode 0600 too.`;

/** Adds `--secrets`: for every command that needs a site's bundle. */
export function withSecrets(command: Command): Command {
  return command.option(
    '--secrets <file>',
    'where the secrets of the site are (default: <site>.secrets beside the site file)',
  );
}
