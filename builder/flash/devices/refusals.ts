import { SECTOR_BYTES } from '../../image/artifacts/gpt.ts';
import { quote } from '../../tools/quote.ts';
import type { BlockDevice, Use, Volume } from './block-device.ts';
import { sizeText } from './size-text.ts';

/** Why a disk is not written. */
export interface Refusal {
  readonly kind:
    | 'system'
    | 'mounted'
    | 'in-use'
    | 'read-only'
    | 'too-small'
    | 'sector-size'
    | 'internal';
  /** Continues "it …". */
  readonly what: string;
  /** The way out. */
  readonly hint: string;
}

/** What decides whether a disk may be written. */
export interface Wanted {
  /** Of the smallest disk that will do. */
  readonly neededBytes: number;
  /** Whether disks that are built in may be written. */
  readonly allowInternal: boolean;
}

/** Without these a machine does not go on, or does not start again. */
const SYSTEM_MOUNTS = /^\/(|boot(\/.*)?|efi|usr|var|home|nix|etc)$/;

/** Everything that speaks against writing to a disk; the most serious comes first. */
export function refusalsOf(device: BlockDevice, wanted: Wanted): readonly Refusal[] {
  const system = systemUses(device);
  const isAllowed = !isBuiltIn(device) || wanted.allowInternal || system.length > 0;
  return [
    ...(system.length > 0 ? [isSystem(system)] : inUse(device)),
    ...(device.isReadOnly ? [READ_ONLY] : []),
    ...(device.sectorBytes === SECTOR_BYTES ? [] : [wrongSectors(device.sectorBytes)]),
    ...(device.sizeBytes < wanted.neededBytes
      ? [tooSmall(device.sizeBytes, wanted.neededBytes)]
      : []),
    ...(isAllowed ? [] : [INTERNAL]),
  ];
}

/** A file in the shape of a disk is neither built in nor pulled out. */
function isBuiltIn({ isRemovable, bus }: BlockDevice): boolean {
  return !isRemovable && bus !== 'loop';
}

interface UsedVolume {
  readonly volume: Volume;
  readonly use: Use;
}

function usesOf({ volumes }: BlockDevice): readonly UsedVolume[] {
  return volumes.flatMap((volume) => volume.uses.map((use) => ({ volume, use })));
}

function systemUses(device: BlockDevice): readonly UsedVolume[] {
  return usesOf(device).filter(
    ({ use }) => use.kind === 'swap' || (use.kind === 'mount' && SYSTEM_MOUNTS.test(use.at)),
  );
}

function isSystem(uses: readonly UsedVolume[]): Refusal {
  const parts = uses.map(({ volume, use }) => `${placeOf(use)} (${volume.name})`);
  return {
    kind: 'system',
    what: `holds this machine's own system: ${parts.join(', ')}`,
    hint: 'name another disk; start the machine from something else to write to this one',
  };
}

function inUse(device: BlockDevice): readonly Refusal[] {
  const uses = usesOf(device);
  const mounts = uses.filter(({ use }) => use.kind === 'mount');
  const holders = uses.filter(({ use }) => use.kind === 'holder');
  const refusals: Refusal[] = [];
  if (mounts.length > 0) {
    const parts = mounts.map(({ volume, use }) => `${volume.name} at ${placeOf(use)}`);
    const places = [...new Set(mounts.map(({ use }) => placeOf(use)))];
    refusals.push({
      kind: 'mounted',
      what: `is mounted: ${parts.join(', ')}`,
      hint: `umount ${places.map(quote).join(' ')}`,
    });
  }
  if (holders.length > 0) {
    const parts = holders.map(({ volume, use }) => `${volume.name} by ${placeOf(use)}`);
    refusals.push({
      kind: 'in-use',
      what: `is in use: ${parts.join(', ')}`,
      hint: 'stop what was made of it: `vgchange --activate n`, `mdadm --stop`, `cryptsetup close`',
    });
  }
  return refusals;
}

function placeOf(use: Use): string {
  switch (use.kind) {
    case 'mount':
      return use.at;
    case 'swap':
      return 'swap';
    case 'holder':
      return use.name;
  }
}

const READ_ONLY: Refusal = {
  kind: 'read-only',
  what: 'is read-only',
  hint: 'cards and sticks may have a switch for that; `blockdev --setrw` undoes what software did',
};

const INTERNAL: Refusal = {
  kind: 'internal',
  what: 'is built in: nobody pulls it out',
  hint: 'say --internal if it is the right one',
};

function wrongSectors(bytes: number): Refusal {
  return {
    kind: 'sector-size',
    what: `has sectors of ${bytes} bytes, and the image is made for ${SECTOR_BYTES}`,
    hint: 'the installer takes it as it is: `artifacts: [iso]` in the image file; many such disks can also be set to 512, with the loss of all on them: `nvme format --lbaf`, `sg_format --size=512`',
  };
}

/** @param sizeBytes what there is */
export function tooSmall(sizeBytes: number, neededBytes: number): Refusal {
  const [has, needs] = [sizeText(sizeBytes), sizeText(neededBytes)];
  // A file of an image without a seed is a MiB too small for one with it.
  const sizes = has === needs ? [`${sizeBytes} bytes`, neededBytes] : [has, needs];
  return {
    kind: 'too-small',
    what: `is too small: it has ${sizes[0]}, and ${sizes[1]} are needed`,
    hint: 'take a larger one',
  };
}
