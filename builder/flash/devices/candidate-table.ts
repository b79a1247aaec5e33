import { table } from '../../report/table.ts';
import type { BlockDevice, Use, Volume } from './block-device.ts';
import type { Refusal } from './refusals.ts';
import { sizeText } from './size-text.ts';

/** A disk that is looked at as a place for an image. */
export interface Candidate {
  readonly device: BlockDevice;
  /** The image whose flashing was interrupted there. */
  readonly interrupted: string | undefined;
  /** None when it may be written. */
  readonly refusals: readonly Refusal[];
}

/** What `kiln flash` prints of disks: one line each, and what is on it below. */
export function candidateTable(candidates: readonly Candidate[]): string {
  const rows = candidates.map(({ device, refusals }) => [
    device.path,
    device.model ?? '-',
    device.serial ?? '-',
    sizeText(device.sizeBytes),
    device.isRemovable ? `${device.bus}, removable` : device.bus,
    refusals.length === 0 ? 'yes' : `no: it ${refusals[0]?.what}`,
  ]);
  const lines = table(
    [['DISK', 'MODEL', 'SERIAL', 'SIZE', 'BUS', 'CAN BE WRITTEN'], ...rows],
    ['SIZE'],
  ).split('\n');
  const [heading = '', ...disks] = lines;
  const text = candidates.flatMap((candidate, i) => [
    disks[i] ?? '',
    ...contentsOf(candidate).map((line) => `    ${line}`),
  ]);
  return [heading, ...text].map((line) => `${line}\n`).join('');
}

function contentsOf({ device, interrupted }: Candidate): readonly string[] {
  const note =
    interrupted === undefined ? [] : [`nothing whole: flashing of ${interrupted} was interrupted`];
  return [...note, ...device.volumes.map((volume) => volumeLine(volume))];
}

function volumeLine(volume: Volume): string {
  const parts = [
    volume.name,
    sizeText(volume.sizeBytes),
    volume.filesystem,
    volume.label !== undefined ? `"${volume.label}"` : undefined,
    volume.partitionLabel !== undefined ? `partition "${volume.partitionLabel}"` : undefined,
    volume.uses.length > 0 ? volume.uses.map(useText).join(', ') : undefined,
  ];
  return parts.filter((part) => part !== undefined).join('  ');
}

function useText(use: Use): string {
  switch (use.kind) {
    case 'mount':
      return `mounted at ${use.at}`;
    case 'swap':
      return 'swap';
    case 'holder':
      return `used by ${use.name}`;
  }
}
