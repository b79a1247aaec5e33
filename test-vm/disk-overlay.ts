import { run } from '../builder/tools/run.ts';
import type { Toolbox } from '../builder/tools/toolbox.ts';

/**
 * Makes a copy-on-write disk over an image, so that the release stays as it was built.
 * @param sizeMiB the disk's size as the guest sees it: at least the image's
 */
export async function makeOverlay(
  toolbox: Toolbox,
  image: string,
  overlay: string,
  sizeMiB: number,
): Promise<void> {
  const argv = ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image, overlay, `${sizeMiB}M`];
  await run([...toolbox.command('qemu-img'), ...argv], { env: toolbox.env });
}
