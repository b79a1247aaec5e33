import { createCipheriv } from 'node:crypto';
import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bmapText } from '../image/artifacts/bmap.ts';
import { writeDisk } from '../image/artifacts/disk.ts';
import type { DiskPlan } from '../image/artifacts/disk-plan.ts';
import { compressDisk } from '../image/artifacts/disk-zst.ts';
import { makePartitionTable } from '../image/artifacts/gpt.ts';
import { derivedUuid } from '../image/artifacts/guid.ts';
import { diskPartitions } from '../image/artifacts/layout.ts';
import type { MbrKind } from '../image/artifacts/mbr.ts';
import { neededDiskBytes } from '../image/artifacts/slots.ts';
import { MANIFEST, makeManifest, manifestText } from '../image/release/manifest.ts';
import { Scratch } from '../report/scratch.ts';
import { sha256, sha256OfFile } from '../report/sha256.ts';
import { hostArch, type Toolbox } from '../tools/toolbox.ts';
import { type IsoFile, makeIso } from '../tools/xorriso.ts';

const MEBIBYTE = 1024 * 1024;

/** What a small release is made with. */
export interface SmallRelease {
  readonly rootBytes: number;
  /** As in a definition: without them the release does not say how large a disk must be. */
  readonly values?: Readonly<Record<string, string>>;
  readonly mbr?: MbrKind;
  /** Whether it has an installer: an ISO of the real maker's, in which only the table is real. */
  readonly hasInstaller?: boolean;
}

/** Bytes that look random and are always the same. */
export function noise(sizeBytes: number, seed: string): Buffer {
  const key = Buffer.from(sha256(seed), 'hex');
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

/**
 * Writes a release with a disk image whose table is a real one, and whose partitions hold noise; returns the path of
 * the raw image. It is made by what makes real ones.
 */
export async function writeSmallRelease(
  directory: string,
  toolbox: Toolbox,
  { rootBytes, values = {}, mbr = 'protective', hasInstaller = false }: SmallRelease,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const layout = diskPartitions({
    ...{ arch: hostArch(), version: '1.2.3', rootHash: sha256('root'), rootBytes },
    ...{ hashTreeBytes: MEBIBYTE, seed: 'small' },
  });
  const table = makePartitionTable(derivedUuid('small', 'disk'), layout, mbr);
  const [esp = 0, verity = 0, root = 0] = table.partitions.map(({ offsetBytes }) => offsetBytes);
  // Half of it can be compressed.
  const espBytes = Buffer.concat([
    noise(MEBIBYTE, 'esp'),
    Buffer.alloc(2 * MEBIBYTE, 'a kernel for arm64 is not compressed. '),
  ]);
  const plan: DiskPlan = {
    sizeBytes: table.diskBytes,
    parts: [
      { offsetBytes: 0, bytes: table.primary },
      { offsetBytes: esp, bytes: espBytes },
      { offsetBytes: esp + 9 * MEBIBYTE, bytes: noise(10_000, 'end of esp') },
      { offsetBytes: verity, bytes: noise(MEBIBYTE, 'verity') },
      { offsetBytes: root, bytes: noise(rootBytes, 'root') },
      { offsetBytes: table.diskBytes - table.backup.length, bytes: table.backup },
    ],
  };
  const name = `small_1.2.3_${hostArch()}.raw`;
  const raw = join(directory, name);
  const { mapped } = await writeDisk(plan, raw);
  await compressDisk(plan, esp + 10 * MEBIBYTE, `${raw}.zst`, toolbox);
  await writeFile(`${raw}.bmap`, bmapText(plan.sizeBytes, mapped));
  const installer = hasInstaller ? [await writeSmallIso(directory, toolbox)] : [];
  await writeManifest(directory, [name, `${name}.bmap`, `${name}.zst`, ...installer], {
    ...{ table, neededBytes: neededDiskBytes({ values }, table) },
  });
  return raw;
}

async function writeSmallIso(directory: string, toolbox: Toolbox): Promise<string> {
  const name = `small_1.2.3_${hostArch()}.iso`;
  await using scratch = await Scratch.create('iso');
  const fileOf = async (path: string, bytes: Buffer): Promise<IsoFile> => {
    const source = join(scratch.path, path);
    await writeFile(source, bytes);
    return { path, source };
  };
  await makeIso(toolbox, {
    ...{ output: join(directory, name), volumeId: 'KILN_SMALL', epoch: 1_700_000_000 },
    diskUuid: derivedUuid('small', 'iso'),
    efiImage: await fileOf('efi.img', noise(MEBIBYTE, 'efi')),
    files: [await fileOf('root.squashfs', noise(MEBIBYTE + 2048, 'root'))],
  });
  return name;
}

async function writeManifest(
  directory: string,
  files: readonly string[],
  disk: Pick<Parameters<typeof makeManifest>[0], 'table' | 'neededBytes'>,
): Promise<void> {
  const outputs = await Promise.all(
    files.map(async (file) => {
      const path = join(directory, file);
      return { file, sizeBytes: (await stat(path)).size, sha256: await sha256OfFile(path) };
    }),
  );
  const digest = '1'.repeat(64);
  const manifest = makeManifest({
    ...disk,
    definition: {
      name: 'small',
      version: '1.2.3',
      arch: hostArch(),
      board: 'uefi',
      variant: 'production',
    },
    epoch: 1_700_000_000,
    rootfs: { rootHash: sha256('root'), imageBytes: 0, hashTreeBytes: 0 },
    boot: { kernelRelease: '6.12.1', cmdline: 'ro', initrdBytes: 0 },
    cnis: [],
    outputs,
    inputs: {
      ...{ definition: [], completed: digest, lock: digest, packages: [], overlays: [] },
      k0s: { kind: 'stand-in', version: '1', sha256: digest },
      toolbox: { identity: digest, tools: [] },
      kiln: { version: '1', sha256: digest },
    },
  });
  await writeFile(join(directory, MANIFEST), manifestText(manifest));
}

/** Copies a raw image of a release without its holes. */
export async function copyRaw(raw: string, to: string): Promise<void> {
  await using input = await open(raw, 'r');
  await using output = await open(to, 'wx');
  await output.truncate((await input.stat()).size);
  for (const [start, end] of await mappedOf(raw)) {
    const bytes = Buffer.alloc(end - start);
    await input.read(bytes, 0, bytes.length, start);
    await output.write(bytes, 0, bytes.length, start);
  }
}

/** The part of a raw image that is written: all but its holes, as its map has it. */
export async function mappedOf(raw: string): Promise<readonly (readonly [number, number])[]> {
  const text = await readFile(`${raw}.bmap`, 'utf8');
  return [...text.matchAll(/"> (\d+)(?:-(\d+))? </g)].map(([, first, last]) => [
    Number(first) * 4096,
    (Number(last ?? first) + 1) * 4096,
  ]);
}
