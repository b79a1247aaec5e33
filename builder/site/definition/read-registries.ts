import { type Reading, readNamedText } from './named-file.ts';
import { checkCertificates } from './read-storage.ts';
import type { Written } from './schema.ts';
import type { Registry } from './site.ts';

/** The registries, with the certificates that the site names. */
export async function readRegistries(
  written: Written['registries'] | undefined,
  reading: Reading,
): Promise<readonly Registry[]> {
  const entries = Object.entries(written ?? {});
  return await Promise.all(
    entries.map(async ([host, { mirrors, ca, 'skip-verify': skipVerify }]) => {
      const text = ca === undefined ? undefined : await readAuthorities(host, ca, reading);
      return { host, mirrors, ...(text !== undefined && { ca: text }), skipVerify };
    }),
  );
}

async function readAuthorities(
  host: string,
  path: string,
  reading: Reading,
): Promise<string | undefined> {
  const at = ['registries', host, 'ca'];
  const name = {
    at: reading.sources.at(at),
    path,
    noun: 'file of certificates',
    maxBytes: 1 << 20,
  };
  const text = await readNamedText(name, reading);
  if (text !== undefined) checkCertificates(at, path, text, reading);
  return text;
}
