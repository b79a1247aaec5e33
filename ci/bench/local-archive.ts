import { copyFile, link, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { LockedPackage } from '../../builder/image/lock/lockfile.ts';

/**
 * Makes a directory that apt takes for an archive of exactly these packages. No package says what it depends
 * on, so that apt adds nothing to what a lock leaves out. Returns apt's line for it.
 */
export async function makeLocalArchive(
  directory: string,
  packages: readonly LockedPackage[],
  fileOf: (sha256: string) => string,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const { path, sha256 } of packages) {
    const [from, to] = [fileOf(sha256), join(directory, basename(path))];
    await link(from, to).catch(() => copyFile(from, to));
  }
  await writeFile(join(directory, 'Packages'), packages.map(paragraphOf).join('\n'));
  return `deb [trusted=yes] copy://${directory} ./`;
}

function paragraphOf({
  name,
  version,
  architecture,
  path,
  sizeBytes,
  sha256,
}: LockedPackage): string {
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Filename: ./${basename(path)}`,
    `Size: ${sizeBytes}`,
    `SHA256: ${sha256}`,
    '',
  ].join('\n');
}
