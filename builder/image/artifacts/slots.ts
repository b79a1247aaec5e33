import type { Report } from '../../report/diagnostic.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Definition } from '../definition/definition.ts';
import type { Rootfs } from '../rootfs/build.ts';
import { ALIGNMENT_BYTES, type PartitionTable } from './gpt.ts';

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

/** The least that the box gives to /var: overlays/base/usr/lib/repart.d/30-var.conf. */
const VAR_BYTES = 512 * MEBIBYTE;

/**
 * Bytes of the smallest disk that the box can divide at its first boot: two slots, and /var behind them. Undefined for
 * an image that makes no slots.
 */
export function neededDiskBytes(
  { values }: Pick<Definition, 'values'>,
  { partitions }: Pick<PartitionTable, 'partitions'>,
): number | undefined {
  const [root, verity] = [values['root-slot'], values['verity-slot']].map((slot) =>
    slot === undefined ? undefined : bytesOf(`${slot}`),
  );
  const esp = partitions[0]?.sizeBytes;
  if (root === undefined || verity === undefined || esp === undefined) return undefined;
  // One MiB at either end is the partition table's.
  return 2 * ALIGNMENT_BYTES + esp + 2 * (root + verity) + VAR_BYTES;
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
