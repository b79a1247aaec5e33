import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../../builder/image/arch.ts';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { lockNameOf } from '../../builder/image/lock/lockfile-path.ts';

/**
 * Writes an image file as a user would who wants one of Kiln's own images with other artifacts, and returns its path.
 * @param of which one: images/<of>.yaml
 * @param artifacts what is appended to Kiln's own; "-disk.zst" takes that one away
 */
export async function writeOwnImage(
  directory: string,
  input: {
    readonly name: string;
    readonly artifacts: readonly string[];
    readonly of?: Arch | 'rpi';
  },
): Promise<string> {
  const { name, artifacts, of = 'x86_64' } = input;
  const image = join(directory, `${name}.yaml`);
  const text = `include: [${of}.yaml]\nname: ${name}\nartifacts: ${JSON.stringify(artifacts)}\n`;
  await writeFile(image, text);
  // The same packages: where Kiln's own image has a lock already, it fits.
  const own = join(PROJECT_DIRECTORY, 'images', lockNameOf(`${of}.yaml`));
  if (existsSync(own)) await copyFile(own, join(directory, lockNameOf(image)));
  return image;
}
