import type { Report } from '../../report/diagnostic.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Definition } from '../definition/definition.ts';
import type { Rootfs } from '../rootfs/build.ts';

const MEBIBYTE = 1024 * 1024;
const UNITS = ['', 'K', 'M', 'G', 'T'];

/**
 * The box gives the root and its hash tree slots of fixed sizes, on its own disk: what does not fit there would boot
 * from the image, and never again after the first partitioning. Reported where the size is written.
 */
export function checkSlots(
  { values }: Pick<Definition, 'values'>,
  rootfs: Pick<Rootfs, 'imageBytes' | 'hashTreeBytes'>,
  sources: Sources,
  report: Report,
): void {
  const slots = [
    { key: 'root-slot', what: 'the root file system', bytes: rootfs.imageBytes },
    { key: 'verity-slot', what: 'the hash tree of the root', bytes: rootfs.hashTreeBytes },
  ];
  for (const { key, what, bytes } of slots) {
    const slot = values[key];
    if (slot === undefined) continue;
    const at = sources.at(['values', key]);
    const room = bytesOf(`${slot}`);
    if (room === undefined) {
      report.error(`"${slot}" is no size`, at, 'a number with K, M, G or T, as "2G"');
    } else if (bytes > room) {
      const mebibytes = Math.ceil(bytes / MEBIBYTE);
      const note = `raise it in your image file: values: { ${key}: ${suggestion(mebibytes)} }; the box's disk has to hold it twice`;
      report.error(`${what} has ${mebibytes} MiB, which does not fit into "${slot}"`, at, note);
    }
  }
}

/** A size as systemd-repart reads it: units of 1024. */
function bytesOf(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * 1024 ** UNITS.indexOf(match[2] ?? '');
}

/** With a quarter to spare for the next versions. */
function suggestion(mebibytes: number): string {
  const wanted = mebibytes * 1.25;
  return wanted < 1024 ? `${Math.ceil(wanted / 16) * 16}M` : `${Math.ceil(wanted / 1024)}G`;
}
