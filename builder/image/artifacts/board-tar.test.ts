import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { noise } from '../../testing/release-fixture.ts';
import { bootsFrom, NAMED_SERVER, startEnvironment } from '../board/net-start.ts';
import { readTar } from '../store/package-reader.ts';
import { boardTar } from './board-tar.ts';
import type { BootChoice } from './boot-script.ts';
import { netbootFiles } from './netboot.ts';

const CHOICE: BootChoice = {
  ...({ title: 'edge 1.2 for arm64', arch: 'arm64' } as const),
  files: netbootFiles({ name: 'edge', version: '1.2', arch: 'arm64' }),
  cmdlines: { diskless: 'roothash=ab ro', install: 'roothash=ab ro kiln.install' },
};

/** Larger than what is written at a time. */
const U_BOOT = Buffer.concat([
  noise(300_000, 'U-Boot'),
  Buffer.from(`\0bootcmd=bootflow scan\0vendor=${'x'.repeat(200)}\0\0more`),
]);

test('a board’s archive has its files as they were, but for U-Boot, and how that starts the image', async (t) => {
  const config = { path: 'config.txt', bytes: Buffer.from('arm_64bit=1\n') };
  const start = { path: 'start.elf', bytes: noise(700_000, 'start') };
  const files = [
    ...[config, start],
    { path: 'u-boot.bin', bytes: U_BOOT },
    { path: 'uboot.env', bytes: Buffer.from('for a card') },
  ];
  const read: { path: string; bytes: Buffer }[] = [];
  const tar = await boardTar(files, CHOICE, 0);
  await readTar(Readable.from([tar]), 'the archive', async ({ name }, body) => {
    read.push({ path: name, bytes: await buffer(Readable.from(body)) });
  });
  const environment = Buffer.from(startEnvironment(NAMED_SERVER, CHOICE));
  t.deepEqual(read, [
    config,
    { path: 'kiln.env', bytes: environment },
    start,
    { path: 'u-boot.bin', bytes: bootsFrom(undefined, U_BOOT) },
  ]);
  t.true((await boardTar(files, CHOICE, 0)).equals(tar));
});
