import type { OtherStart } from '../definition/definition.ts';
import type { Artifact } from './build.ts';
import { buildIso, type IsoInput } from './iso.ts';
import { buildNetboot, type NetbootInput } from './netboot.ts';

/** How the artifacts of another start than from the disk are made. */
interface StartMaker {
  /** For the progress. */
  readonly step: string;
  readonly build: (input: NetbootInput & IsoInput) => Promise<readonly Artifact[]>;
}

/** What makes the artifacts of each other start. */
export const STARTS: Readonly<Record<OtherStart, StartMaker>> = {
  netboot: { step: 'Making the network boot', build: buildNetboot },
  iso: { step: 'Making the installer ISO', build: async (input) => [await buildIso(input)] },
};
