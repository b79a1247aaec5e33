import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { differences } from './difference.ts';
import { openDirectory } from './installation.ts';

const BYTES = Buffer.alloc(3_000_000, 'abc');

/** Two directories with one file each, of the same name. */
async function compare(t: ExecutionContext, name: string, one: Buffer, other: Buffer) {
  const directory = await openDirectory(t);
  const places = [join(directory, 'one'), join(directory, 'other')] as const;
  for (const [i, place] of places.entries()) {
    await mkdir(place);
    await writeFile(join(place, name), i === 0 ? one : other);
    const partition = { label: 'esp', offsetBytes: 1_000_000, sizeBytes: 2_000_000 };
    const disk = { partitions: [partition] };
    const manifest = { format: 1, arch: 'arm64', epoch: 1, outputs: [], disk };
    await writeFile(join(place, 'manifest.json'), JSON.stringify(manifest));
  }
  return differences(...places);
}

function withByte(at: number): Buffer {
  const copy = Buffer.from(BYTES);
  copy[at] = 0;
  return copy;
}

test('the same bytes do not differ', async (t) => {
  t.deepEqual(await compare(t, 'a', BYTES, Buffer.from(BYTES)), []);
});

test('one byte is found, with the partition that it is in', async (t) => {
  t.deepEqual(await compare(t, 'a.raw', BYTES, withByte(2_500_000)), [
    'a.raw: from byte 2500000 on, in partition esp',
  ]);
  t.deepEqual(await compare(t, 'a.raw', BYTES, withByte(7)), [
    'a.raw: from byte 7 on, in the partition table',
  ]);
});

test('a file that is cut short differs where it ends', async (t) => {
  t.deepEqual(await compare(t, 'a', BYTES, BYTES.subarray(0, 1_500_000)), [
    'a: from byte 1500000 on, whose parts are not known',
  ]);
});
