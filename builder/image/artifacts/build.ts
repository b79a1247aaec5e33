import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Sha256, sha256 } from '../../report/sha256.ts';
import { together } from '../../report/together.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import type { Arch } from '../arch.ts';
import type { Board } from '../board/board.ts';
import type { BoardFile } from '../board/raspberry-pi.ts';
import type { Boot } from '../boot/build.ts';
import type { ArtifactKind } from '../definition/definition.ts';
import type { Rootfs } from '../rootfs/build.ts';
import { bmapText } from './bmap.ts';
import { type MappedRange, mapDisk, writeDisk } from './disk.ts';
import type { DiskPart, DiskPlan } from './disk-plan.ts';
import { compressDisk } from './disk-zst.ts';
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
  readonly board: Board;
  /** What the ESP has for it. */
  readonly boardFiles: readonly BoardFile[];
  readonly kinds: readonly ArtifactKind[];
  readonly rootfs: Rootfs;
  readonly boot: Boot;
  /** Text of the boot loader's settings, loader.conf(5). */
  readonly loaderConf: string;
  /** Where the artifacts go. */
  readonly directory: string;
  /** For what is needed on the way only. */
  readonly scratch: string;
  readonly toolbox: Toolbox;
  readonly signal?: AbortSignal | undefined;
}

/** Which image. */
export type ImageName = Pick<ArtifactsInput, 'name' | 'version' | 'arch'>;

export interface Artifacts {
  readonly files: readonly Artifact[];
  readonly table: PartitionTable;
}

/** Makes the artifacts that the definition asks for. */
export async function buildArtifacts(input: ArtifactsInput): Promise<Artifacts> {
  const { arch, version, seed, rootfs } = input;
  const partitions = diskPartitions({
    ...{ arch, version, seed },
    rootHash: rootfs.rootHash,
    rootBytes: rootfs.imageBytes,
    hashTreeBytes: rootfs.hashTreeBytes,
  });
  const mbr = input.board === 'raspberry-pi' ? 'hybrid' : 'protective';
  const table = makePartitionTable(derivedUuid(seed, 'disk'), partitions, mbr);
  const esp = await makeEsp({ ...input, directory: input.scratch });
  const plan = await planDisk(table, esp, rootfs);

  const [disk, compressed] = await together([
    makeDisk(input, plan),
    makeCompressedDisk(input, plan),
  ]);
  return { files: [...disk, ...compressed], table };
}

/** The disk image and its bmap. */
async function makeDisk(input: ArtifactsInput, plan: DiskPlan): Promise<readonly Artifact[]> {
  const { kinds, directory, signal } = input;
  const files: Artifact[] = [];
  let mapped: readonly MappedRange[] | undefined;
  if (kinds.includes('disk')) {
    const file = artifactName(input, 'disk');
    const written = await writeDisk(plan, join(directory, file), signal);
    files.push({ file, sizeBytes: plan.sizeBytes, sha256: written.sha256 });
    mapped = written.mapped;
  }
  if (kinds.includes('bmap')) {
    const file = artifactName(input, 'bmap');
    const text = Buffer.from(bmapText(plan.sizeBytes, mapped ?? (await mapDisk(plan))));
    await writeFile(join(directory, file), text, { flag: 'wx' });
    files.push({ file, sizeBytes: text.length, sha256: sha256(text) });
  }
  return files;
}

async function makeCompressedDisk(
  input: ArtifactsInput,
  plan: ImagePlan,
): Promise<readonly Artifact[]> {
  if (!input.kinds.includes('disk.zst')) return [];
  const file = artifactName(input, 'disk.zst');
  const output = join(input.directory, file);
  const written = await compressDisk(plan, plan.espEnd, output, input.toolbox, input.signal);
  return [{ file, ...written }];
}

/** What a release calls an artifact. */
export function artifactName(
  { name, version, arch }: ImageName,
  kind: Exclude<ArtifactKind, 'netboot'> | 'uki',
): string {
  const suffixes = {
    disk: 'raw',
    'disk.zst': 'raw.zst',
    bmap: 'raw.bmap',
    iso: 'iso',
    uki: 'efi',
  } as const;
  return `${releaseFileName({ name, version, arch })}.${suffixes[kind]}`;
}

/** What the names of a release's files begin with. */
export function releaseFileName({ name, version, arch }: ImageName): string {
  return `${name}_${version}_${arch}`;
}

interface ImagePlan extends DiskPlan {
  /** Where what the ESP uses ends on the disk. */
  readonly espEnd: number;
}

async function planDisk(table: PartitionTable, esp: string, rootfs: Rootfs): Promise<ImagePlan> {
  const [espAt, verityAt, rootAt] = table.partitions.map(({ offsetBytes }) => offsetBytes);
  if (espAt === undefined || verityAt === undefined || rootAt === undefined) {
    throw new Error('the disk has fewer than three partitions');
  }
  const whole = (offsetBytes: number, file: string, sizeBytes: number): DiskPart => ({
    ...{ offsetBytes, file, sizeBytes },
    fileOffset: 0,
  });
  const espRanges = await usedFatRanges(esp);
  const espParts = espRanges.map(
    ({ start, end }): DiskPart => ({
      offsetBytes: espAt + start,
      file: esp,
      fileOffset: start,
      sizeBytes: end - start,
    }),
  );
  return {
    sizeBytes: table.diskBytes,
    espEnd: espAt + (espRanges.at(-1)?.end ?? 0),
    parts: [
      { offsetBytes: 0, bytes: table.primary },
      ...espParts,
      whole(verityAt, rootfs.hashTree, rootfs.hashTreeBytes),
      { ...whole(rootAt, rootfs.image, rootfs.imageBytes), sha256: rootfs.imageSha256 },
      { offsetBytes: table.diskBytes - table.backup.length, bytes: table.backup },
    ],
  };
}
