import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { noise } from '../../testing/release-fixture.ts';
import { readTar } from '../store/package-reader.ts';
import { boardTar } from './board-tar.ts';

test('a board’s archive has its files as they were, larger ones than are written at a time as well', async (t) => {
  const files = [
    { path: 'config.txt', bytes: Buffer.from('arm_64bit=1\n') },
    { path: 'start.elf', bytes: noise(700_000, 'start') },
    { path: 'u-boot.bin', bytes: noise(300_000, 'U-Boot') },
    { path: 'uboot.env', bytes: Buffer.from('for a card') },
  ];
  const read: { path: string; bytes: Buffer }[] = [];
  const tar = await boardTar(files, 0);
  await readTar(Readable.from([tar]), 'the archive', async ({ name }, body) => {
    read.push({ path: name, bytes: await buffer(Readable.from(body)) });
  });
  t.deepEqual(read, files.slice(0, 3));
});
