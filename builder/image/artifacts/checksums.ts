import type { Artifact } from './build.ts';

/** What a list for `sha256sum --check` is called. */
export const CHECKSUMS = 'SHA256SUMS';

/** The list, in sha256sum(1)'s format, sorted by file name. */
export function checksumList(files: readonly Pick<Artifact, 'file' | 'sha256'>[]): string {
  const sorted = files.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  return sorted.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join('');
}
