import { shortOrLong } from '../../yaml/by-kind.ts';
import { object, optional } from '../../yaml/collections.ts';
import { type DecodedBy, type Decoder, described, mapped } from '../../yaml/decoder.ts';
import { oneOf, text } from '../../yaml/scalars.ts';

// What the box takes for a disk (kiln/disk_key.py).

/** Words that stand for a disk. */
export const DISK_WORDS = ['largest', 'only', 'smallest'] as const;
export const BUSES = ['ata', 'mmc', 'nvme', 'scsi', 'usb', 'virtio'] as const;

const NO_STEP_UP = String.raw`(?!.*/\.\.(?:/|$))`;
const PATH = new RegExp(String.raw`^/dev/${NO_STEP_UP}[^\n\r]*[^\s/][^\n\r]*$`);
const LIMIT = String.raw`(?:<=|>=|<|>)\s*\d{1,12}(?:\.\d{1,6})?(?:[KMGTP]i?)?B?`;
const LINE = text({ pattern: /^[^\n\r]*\S[^\n\r]*$/, expected: 'a text of one line' });

const DISK_PATH = text({
  pattern: PATH,
  expected: 'a path below /dev, as "/dev/disk/by-id/nvme-…"',
});

const SIZE = text({
  pattern: new RegExp(String.raw`^${LIMIT}(?:\s+${LIMIT})*$`),
  expected: 'a limit of a size, or two, as ">=200G" or ">100G <2T" (G is 10^9 bytes, Gi is 2^30)',
});

const DISK_FACTS = object({
  path: optional(DISK_PATH),
  serial: optional(LINE),
  model: optional(LINE),
  size: optional(SIZE),
  bus: optional(oneOf(...BUSES)),
});

/** Which disk is meant, as written: a word or a path, or facts that must all hold. */
export type WrittenDisk = string | DecodedBy<typeof DISK_FACTS>;

/** A disk, for the installer or for /var. */
export const DISK: Decoder<WrittenDisk> = described(
  'The disk: a path, "smallest", "largest", "only", or facts that hold for one alone.',
  shortOrLong<WrittenDisk>(
    text({
      pattern: new RegExp(`^(?:${DISK_WORDS.join('|')})$|${PATH.source}`),
      expected: 'smallest, largest, only, or a path below /dev, as "/dev/disk/by-id/nvme-…"',
    }),
    mapped(DISK_FACTS, (facts) => facts),
  ),
);
