import type { Sha256 } from '../../report/sha256.ts';

/** 2001-09-09; the range of 2^29 seconds after it ends in 2018, before any image's epoch. */
const EARLIEST = 1_000_000_000;
const RANGE = 2 ** 29;

/**
 * The modification time that a k0s binary gets in the image, seconds since 1970. k0s unpacks its
 * programs to /var once and again only if the binary's mtime or a program's size has changed
 * (pkg/assets/stage.go), so an update needs another mtime although all other files have the epoch.
 * The same binary has the same time in all images, and the time is never after the epoch.
 */
export function mtimeFor(digest: Sha256, epoch: number): number {
  const spread = Number.parseInt(digest.slice(0, 12), 16);
  return epoch >= EARLIEST + RANGE ? EARLIEST + (spread % RANGE) : spread % Math.max(epoch, 1);
}
