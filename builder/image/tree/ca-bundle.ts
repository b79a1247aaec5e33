import { KilnError } from '../../report/errors.ts';
import { readContent } from './content.ts';
import { generatedFile, generatedLink } from './generated.ts';
import { subjectHash } from './subject-hash.ts';
import type { Tree, TreeEntry } from './tree.ts';
import { nameOf } from './tree-path.ts';

/** Debian's certificates, then those that an overlay adds (update-ca-certificates(8)). */
const DIRECTORIES = ['usr/share/ca-certificates/', 'usr/local/share/ca-certificates/'];
const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/;

/**
 * What `update-ca-certificates` makes: /etc/ssl/certs/ca-certificates.crt with all certificates, a symlink
 * for each that is kept, and symlinks by the hash of their subjects for OpenSSL. Nothing without certificates.
 * Throws KilnError `definition` for a file that holds no certificate.
 */
export async function caBundle(
  tree: Tree,
  epoch: number,
  isKept: (path: string) => boolean = () => true,
): Promise<readonly TreeEntry[]> {
  const files = DIRECTORIES.flatMap((directory) =>
    [...tree.values()].filter(({ path }) => path.startsWith(directory) && path.endsWith('.crt')),
  );
  const bundle: string[] = [];
  const links: TreeEntry[] = [];
  const sharing = new Map<string, number>();
  for (const file of files) {
    if (file.kind !== 'file') continue;
    const text = (await readContent(file.content)).toString('latin1').trimEnd();
    bundle.push(`${text}\n`);
    if (!isKept(file.path)) continue;
    const name = pemName(file.path);
    const hash = hashOf(text, file);
    const number = sharing.get(hash) ?? 0;
    sharing.set(hash, number + 1);
    links.push(generatedLink(`etc/ssl/certs/${name}`, `/${file.path}`, epoch));
    links.push(generatedLink(`etc/ssl/certs/${hash}.${number}`, name, epoch));
  }
  if (bundle.length === 0) return [];
  const all = Buffer.from(bundle.join(''), 'latin1');
  return [generatedFile('etc/ssl/certs/ca-certificates.crt', all, epoch), ...links];
}

/** The name that update-ca-certificates gives a link: characters that shells mind are replaced. */
function pemName(path: string): string {
  const base = nameOf(path).replace(/\.crt$/, '.pem');
  return base.replaceAll(' ', '_').replace(/[()]/g, '=').replaceAll(',', '_');
}

function hashOf(pem: string, { path, origin }: TreeEntry): string {
  try {
    return subjectHash(Buffer.from(PEM.exec(pem)?.[1] ?? '', 'base64'));
  } catch (cause) {
    throw new KilnError('definition', `/${path} of ${origin} is no X.509 certificate in PEM form`, {
      hint: 'A CA certificate starts with -----BEGIN CERTIFICATE-----; a DER file must be converted first.',
      cause,
    });
  }
}
