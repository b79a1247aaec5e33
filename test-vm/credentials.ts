import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A system credential: a name that systemd or a unit knows, and its text. */
export interface Credential {
  readonly name: string;
  readonly text: string;
}

/**
 * Writes each credential as a file that QEMU puts into SMBIOS as an OEM string (SMBIOS type 11, see
 * systemd.system-credentials(7), "io.systemd.credential.binary"). A file and not an argument, since
 * arguments are visible to everybody on the host.
 */
export async function writeCredentials(
  credentials: readonly Credential[],
  directory: string,
): Promise<string[]> {
  return await Promise.all(
    credentials.map(async ({ name, text }, index) => {
      const path = join(directory, `credential-${index}`);
      const encoded = Buffer.from(text).toString('base64');
      await writeFile(path, `io.systemd.credential.binary:${name}=${encoded}`, { mode: 0o600 });
      return path;
    }),
  );
}
