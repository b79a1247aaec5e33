import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { lockNameOf } from '../../builder/image/lock/lockfile-path.ts';

/**
 * Writes an image file as a user would who wants Kiln's own x86_64 image with other artifacts, and returns its path.
 * @param artifacts what is appended to Kiln's own; "-disk.zst" takes that one away
 */
export async function writeOwnImage(
  directory: string,
  { name, artifacts }: { readonly name: string; readonly artifacts: readonly string[] },
): Promise<string> {
  const image = join(directory, `${name}.yaml`);
  const text = `include: [x86_64.yaml]\nname: ${name}\nartifacts: ${JSON.stringify(artifacts)}\n`;
  await writeFile(image, text);
  // The same packages: where Kiln's own image has a lock already, it fits.
  const own = join(PROJECT_DIRECTORY, 'images', lockNameOf('x86_64.yaml'));
  if (existsSync(own)) await copyFile(own, join(directory, lockNameOf(image)));
  return image;
}
