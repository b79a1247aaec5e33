import { access, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Arch } from '../builder/image/arch.ts';
import { readManifest } from '../builder/image/release/manifest.ts';
import { KilnError } from '../builder/report/errors.ts';
import { run } from '../builder/tools/run.ts';
import type { Toolbox } from '../builder/tools/toolbox.ts';

/** The disk image of a release. */
export interface ReleaseDisk {
  readonly path: string;
  readonly arch: Arch;
}

/** Finds the disk image in a release's directory. */
export async function releaseDisk(release: string): Promise<ReleaseDisk> {
  const manifest = await readManifest(release);
  const disk = manifest.outputs.find(({ file }) => file.endsWith('.raw'));
  if (disk === undefined) {
    throw new KilnError('usage', `the release ${release} has no disk image`, {
      hint: 'put `disk` into the definition’s `artifacts` and build it again',
    });
  }
  return { path: resolve(join(release, disk.file)), arch: manifest.arch };
}

/**
 * Makes a copy-on-write disk over an image, so that the release stays as it was built; one that is
 * there already is kept, since it holds what the box wrote.
 * @param sizeMiB the disk's size as the guest sees it; an image that is larger wins
 */
export async function prepareDisk(
  toolbox: Toolbox,
  image: string,
  overlay: string,
  sizeMiB: number,
): Promise<void> {
  const exists = await access(overlay).then(
    () => true,
    () => false,
  );
  if (exists) return;
  const { size } = await stat(image);
  const bytes = Math.max(size, sizeMiB * 1024 * 1024);
  const argv = ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image, overlay, String(bytes)];
  await run([...toolbox.command('qemu-img'), ...argv], { env: toolbox.env });
}
