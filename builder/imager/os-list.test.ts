import test from 'ava';
import type { RaspberryPi } from '../image/board/board.ts';
import type { Manifest } from '../image/release/manifest.ts';
import { sha256 } from '../report/sha256.ts';
import { imagerList, type PublishedRelease } from './os-list.ts';

function released(
  board: RaspberryPi | undefined,
  suffixes: readonly string[] = ['raw', 'raw.bmap', 'raw.zst'],
): PublishedRelease {
  const name = board === 'raspberry-pi-5' ? 'kiln-rpi5' : 'kiln-rpi';
  const manifest = {
    ...{ name, version: '1.2~rc1', arch: 'arm64', epoch: 1_700_000_000 },
    ...(board && { board }),
    outputs: suffixes.map((suffix, index) => ({
      file: `${name}_1.2~rc1_arm64.${suffix}`,
      sizeBytes: 1000 * (index + 1),
      sha256: sha256(suffix),
    })),
  };
  // Only what a list is made from.
  return { name: 'out/x', manifest: manifest as unknown as Manifest, base: 'https://x.test/k/' };
}

test('the list has what Raspberry Pi Imager asks for', (t) => {
  t.snapshot(imagerList([released('raspberry-pi'), released('raspberry-pi-5')]));
});

test('every field that its schema requires is there, and of its type', (t) => {
  const [entry] = JSON.parse(imagerList([released('raspberry-pi')])).os_list;
  const texts = ['name', 'description', 'icon', 'url', 'extract_sha256', 'release_date'];
  for (const key of [...texts, 'image_download_sha256']) t.is(typeof entry[key], 'string', key);
  for (const key of ['extract_size', 'image_download_size']) t.true(Number.isInteger(entry[key]));
  t.deepEqual(entry.devices, ['pi4-64bit', 'pi3-64bit']);
  t.regex(entry.release_date, /^\d{4}-\d\d-\d\d$/);
});

test('a release for other machines, and one without its disk, are refused', (t) => {
  for (const release of [
    released(undefined),
    released('raspberry-pi', ['raw.zst']),
    released('raspberry-pi', ['raw']),
  ]) {
    t.snapshot(t.throws(() => imagerList([release])));
  }
});
