import { sizeText } from '../../flash/devices/size-text.ts';
import type { FilledPartition } from '../../flash/disk/layout.ts';
import type { OpenDisk } from '../../flash/disk/open-disk.ts';
import { flashImage } from '../../flash/flash.ts';
import type { ReleaseImage } from '../../flash/image/release-image.ts';
import { openTarget, removeIfNew, type Target } from '../../flash/target.ts';
import type { Session } from '../options.ts';

/** One disk that an image is to be written to. */
export interface WriteJob {
  readonly image: ReleaseImage;
  readonly target: Target;
  readonly seed: FilledPartition | undefined;
  readonly verify: boolean;
  /** Called when the disk is open, so that nobody else takes it meanwhile: whether it may be written. */
  readonly consent: (disk: OpenDisk) => Promise<boolean>;
  /** Called when from now on all that was on it is lost. */
  readonly begun?: () => void;
}

/**
 * Opens a disk, asks, and writes an image to it; undefined when it may not be written. A disk that is left without an
 * image is told as a warning.
 * @returns what was done, for the user
 */
export async function writeDisk(
  { image, target, seed, verify, consent, begun }: WriteJob,
  { progress, signal }: Pick<Session, 'progress' | 'signal'>,
): Promise<string | undefined> {
  let hasBegun = false;
  try {
    await using disk = await openTarget(target, seed !== undefined);
    if (!(await consent(disk))) return undefined;
    const { writtenBytes, seconds } = await flashImage({
      ...{ image, disk, added: seed, verify, progress, signal },
      clock: () => performance.now(),
      begun: () => {
        hasBegun = true;
        begun?.();
      },
    });
    const check = !verify
      ? 'not read back'
      : disk.isDirect
        ? 'read back'
        : 'read back through the page cache, which this file cannot do without';
    return `${target.path} has ${image.title}: ${sizeText(writtenBytes)} in ${seconds.toFixed(1)} s, ${check}`;
  } catch (error) {
    const isGone = await removeIfNew(target);
    if (hasBegun && !isGone) {
      progress.warn(
        `${target.path} has no image now, and says so in its first bytes: run kiln flash again`,
      );
    }
    throw error;
  }
}
