import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPe } from '../../builder/image/boot/pe.ts';
import { readManifest } from '../../builder/image/release/manifest.ts';

const PIECE_BYTES = 1 << 20;

/** Where two releases differ, for people who look for the reason; empty when every byte is the same. */
export async function differences(one: string, other: string): Promise<readonly string[]> {
  const [names, otherNames] = [await readdir(one), await readdir(other)];
  const found: string[] = [];
  for (const name of [...new Set([...names, ...otherNames])].sort()) {
    if (!names.includes(name)) found.push(`${name}: only in ${other}`);
    else if (!otherNames.includes(name)) found.push(`${name}: only in ${one}`);
    else {
      const at = await firstDifference(join(one, name), join(other, name));
      if (at !== undefined)
        found.push(`${name}: from byte ${at} on, ${await placeOf(one, name, at)}`);
    }
  }
  return found;
}

/** Offset of the first byte that differs; the length of the shorter file when one begins with the other. */
async function firstDifference(one: string, other: string): Promise<number | undefined> {
  await using a = await open(one);
  await using b = await open(other);
  for (let offset = 0; ; offset += PIECE_BYTES) {
    const [left, right] = [await pieceOf(a, offset), await pieceOf(b, offset)];
    if (left.length === 0 && right.length === 0) return undefined;
    if (left.equals(right)) continue;
    const at = left.findIndex((byte, i) => byte !== right[i]);
    return offset + (at === -1 ? left.length : at);
  }
}

async function pieceOf(file: Awaited<ReturnType<typeof open>>, offset: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, offset);
  return buffer.subarray(0, bytesRead);
}

/** The part of a file that an offset is in, where the file says what its parts are. */
async function placeOf(release: string, name: string, at: number): Promise<string> {
  if (name.endsWith('.raw')) {
    const { disk } = await readManifest(release);
    const partition = disk.partitions.find(
      ({ offsetBytes, sizeBytes }) => at >= offsetBytes && at < offsetBytes + sizeBytes,
    );
    return partition === undefined ? 'in the partition table' : `in partition ${partition.label}`;
  }
  if (name.endsWith('.efi')) {
    const { sections } = readPe(await readFile(join(release, name)), name);
    const section = sections.find(
      ({ fileOffset, fileSizeBytes }) => at >= fileOffset && at < fileOffset + fileSizeBytes,
    );
    return section === undefined ? 'in the headers' : `in section ${section.name}`;
  }
  if (name.endsWith('.json') || name.endsWith('.bmap')) {
    const text = await readFile(join(release, name), 'utf8');
    return `in line ${text.slice(0, at).split('\n').length}`;
  }
  return 'whose parts are not known';
}
