import { parseParagraphs } from '../image/lock/deb822.ts';
import { type AvailablePackage, readAvailable } from '../image/lock/package-index.ts';
import { sha256 } from '../report/sha256.ts';

/**
 * Packages written as `name version` and fields below, blank lines between, as
 *
 *     systemd 257-1
 *     Depends: libc6 (>= 2.38)
 *
 * with what else an index must have filled in.
 */
export function tinyIndex(text: string, suite = 'trixie'): readonly AvailablePackage[] {
  const full = text
    .trim()
    .replaceAll(/^[ \t]+/gm, '')
    .replaceAll(/^([a-z0-9][a-z0-9.+-]*) (\d\S*)$/gm, (_, name: string, version: string) =>
      paragraphOf(name, version),
    );
  const defaults = [...parseParagraphs(full)].map((paragraph) => {
    const architecture = paragraph.get('Architecture') ?? 'amd64';
    return new Map([...paragraph, ['Architecture', architecture]]);
  });
  return defaults.map((paragraph) => readAvailable(paragraph, { archive: 'debian', suite }));
}

function paragraphOf(name: string, version: string): string {
  const path = `pool/main/${name[0]}/${name}/${name}_${version.replace(/^\d+:/, '')}.deb`;
  const digest = sha256(`${name} ${version}`);
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    `Filename: ${path}`,
    'Size: 1000',
    `SHA256: ${digest}`,
  ].join('\n');
}
