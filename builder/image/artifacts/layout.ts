import type { Sha256 } from '../../report/sha256.ts';
import type { Arch } from '../arch.ts';
import type { PartitionWish } from './gpt.ts';
import { derivedUuid, type Uuid, verityUuids } from './guid.ts';

const MEBIBYTE = 1024 * 1024;

/** Firmwares and Macs dislike small ones, and two systems with room to spare have to fit. */
export const ESP_BYTES = 512 * MEBIBYTE;

/**
 * Room for a hash tree: it cannot grow later, for the root partition follows it. One 128th of the data is
 * enough, so this serves a root of up to 4 GiB less a little.
 */
const VERITY_BYTES = 32 * MEBIBYTE;

interface PartitionTypes {
  readonly root: Uuid;
  readonly verity: Uuid;
}

const ESP_TYPE: Uuid = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b';

/** Discoverable Partitions Specification, "Partition Types". */
const TYPES: Readonly<Record<Arch, PartitionTypes>> = {
  x86_64: {
    root: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
    verity: '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5',
  },
  arm64: {
    root: 'b921b045-1df0-41c3-af44-4c6f280d3fae',
    verity: 'df3300ce-d69f-4c92-978c-9bfb0f38d820',
  },
};

/** Bit 60: read-only (Discoverable Partitions Specification, "Partition Flags"). */
const READ_ONLY = 60;

/** What decides the disk's partitions. */
export interface LayoutInput {
  readonly arch: Arch;
  readonly version: string;
  readonly rootHash: Sha256;
  readonly rootBytes: number;
  readonly hashTreeBytes: number;
  /** Anything that tells this image from others. */
  readonly seed: string;
}

/** The partitions of the disk, in order; root is last so that the first boot can grow it. */
export function diskPartitions(
  input: LayoutInput,
): readonly [PartitionWish, PartitionWish, PartitionWish] {
  const types = TYPES[input.arch];
  const uuids = verityUuids(input.rootHash);
  return [
    {
      label: 'esp',
      type: ESP_TYPE,
      uuid: derivedUuid(input.seed, 'esp'),
      sizeBytes: ESP_BYTES,
      attributes: [],
    },
    {
      label: `verity_${input.version}`,
      type: types.verity,
      uuid: uuids.verity,
      sizeBytes: Math.max(VERITY_BYTES, input.hashTreeBytes),
      attributes: [READ_ONLY],
    },
    {
      label: `root_${input.version}`,
      type: types.root,
      uuid: uuids.root,
      sizeBytes: input.rootBytes,
      attributes: [READ_ONLY],
    },
  ];
}
