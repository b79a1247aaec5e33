import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sha256, sha256 } from '../../report/sha256.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import type { Arch } from '../arch.ts';
import type { Boot } from '../boot/build.ts';
import type { ArtifactKind } from '../definition/definition.ts';
import type { Rootfs } from '../rootfs/build.ts';
import { bmapText } from './bmap.ts';
import { writeDisk } from './disk.ts';
import type { DiskPart, DiskPlan } from './disk-plan.ts';
import { makeEsp } from './esp.ts';
import { usedFatRanges } from './fat-usage.ts';
import { makePartitionTable, type PartitionTable } from './gpt.ts';
import { derivedUuid } from './guid.ts';
import { diskPartitions } from './layout.ts';

/** One file of a release. */
export interface Artifact {
  /** Name in the release directory. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
}

export interface ArtifactsInput {
  readonly name: string;
  readonly version: string;
  readonly arch: Arch;
  readonly epoch: number;
  /** Tells this image from others: UUIDs that are no part of the root hash come from it. */
  readonly seed: string;
  readonly kinds: readonly ArtifactKind[];
  readonly rootfs: Rootfs;
  readonly boot: Boot;
  /** The project's `firmware/loader.conf`. */
  readonly loaderConf: string;
  /** Where the artifacts go. */
  readonly directory: string;
  /** For what is needed on the way only. */
  readonly scratch: string;
  readonly toolbox: Toolbox;
  readonly signal?: AbortSignal | undefined;
}

export interface Artifacts {
  readonly files: readonly Artifact[];
  readonly table: PartitionTable;
}

/** Makes the artifacts that the definition asks for. */
export async function buildArtifacts(input: ArtifactsInput): Promise<Artifacts> {
  const { arch, version, seed, rootfs, kinds } = input;
  const partitions = diskPartitions({
    ...{ arch, version, seed },
    rootHash: rootfs.rootHash,
    rootBytes: rootfs.imageBytes,
    hashTreeBytes: rootfs.hashTreeBytes,
  });
  const table = makePartitionTable(derivedUuid(seed, 'disk'), partitions);
  const esp = await makeEsp({ ...input, directory: input.scratch });
  const plan = await planDisk(table, esp, rootfs);

  const name = (kind: ArtifactKind): string => artifactName(input, kind);
  const path = (kind: ArtifactKind): string | undefined =>
    kinds.includes(kind) ? join(input.directory, name(kind)) : undefined;
  const outputs = { raw: path('disk'), compressed: path('disk.zst') };
  const disk = await writeDisk(plan, outputs, input.signal);
  const files: Artifact[] = [];
  if (disk.raw !== undefined) files.push({ file: name('disk'), ...disk.raw });
  if (disk.compressed !== undefined) files.push({ file: name('disk.zst'), ...disk.compressed });
  const bmap = path('bmap');
  if (bmap !== undefined) {
    const text = Buffer.from(bmapText(plan.sizeBytes, disk.mapped));
    await writeFile(bmap, text, { flag: 'wx' });
    files.push({ file: name('bmap'), sizeBytes: text.length, sha256: sha256(text) });
  }
  return { files, table };
}

/** What a release calls an artifact. */
export function artifactName(
  { name, version, arch }: Pick<ArtifactsInput, 'name' | 'version' | 'arch'>,
  kind: ArtifactKind | 'uki',
): string {
  const suffixes = { disk: 'raw', 'disk.zst': 'raw.zst', bmap: 'raw.bmap', uki: 'efi' } as const;
  return `${name}_${version}_${arch}.${suffixes[kind]}`;
}

async function planDisk(table: PartitionTable, esp: string, rootfs: Rootfs): Promise<DiskPlan> {
  const [espAt, verityAt, rootAt] = table.partitions.map(({ offsetBytes }) => offsetBytes);
  if (espAt === undefined || verityAt === undefined || rootAt === undefined) {
    throw new Error('the disk has fewer than three partitions');
  }
  const whole = (offsetBytes: number, file: string, sizeBytes: number): DiskPart => ({
    ...{ offsetBytes, file, sizeBytes },
    fileOffset: 0,
  });
  const espParts = (await usedFatRanges(esp)).map(
    ({ start, end }): DiskPart => ({
      offsetBytes: espAt + start,
      file: esp,
      fileOffset: start,
      sizeBytes: end - start,
    }),
  );
  return {
    sizeBytes: table.diskBytes,
    parts: [
      { offsetBytes: 0, bytes: table.primary },
      ...espParts,
      whole(verityAt, rootfs.hashTree, rootfs.hashTreeBytes),
      whole(rootAt, rootfs.image, rootfs.imageBytes),
      { offsetBytes: table.diskBytes - table.backup.length, bytes: table.backup },
    ],
  };
}
