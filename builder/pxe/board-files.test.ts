import { join } from 'node:path';
import test from 'ava';
import { bootsFrom } from '../image/board/net-start.ts';
import { Scratch } from '../report/scratch.ts';
import { writeNetRelease } from '../testing/net-release.ts';
import { TINY_U_BOOT as U_BOOT } from '../testing/u-boot-fixture.ts';
import { filesFrom } from './board-files.ts';
import { openReleases } from './releases.ts';

const SERVER = { address: '10.9.0.2', base: 'http://10.9.0.2/', seeds: 'seed/' } as const;

/** A release for a board: U-Boot, and a file of the firmware's. */
async function releaseIn(directory: string, files: Readonly<Record<string, Buffer>>) {
  const boardFiles = Object.entries(files).map(([path, bytes]) => ({ path, bytes }));
  const path = await writeNetRelease(directory, { arch: 'arm64', boardFiles });
  const [release] = await openReleases([path]);
  if (release === undefined) throw new Error('no release');
  return release;
}

test('besides its own files a board gets the kernel, and how U-Boot starts it', async (t) => {
  await using scratch = await Scratch.create('board-files');
  const blob = Buffer.from('a blob');
  const release = await releaseIn(scratch.path, { 'start4.elf': blob, 'u-boot.bin': U_BOOT });
  const served = filesFrom(SERVER, release);
  t.deepEqual([...served.keys()].sort(), [
    ...['kiln.env', 'start4.elf', 'tiny_1.0_arm64.net.efi', 'u-boot.bin'],
  ]);
  t.deepEqual(served.get('start4.elf'), { kind: 'bytes', bytes: blob });
  const bytes = bootsFrom('10.9.0.2', U_BOOT);
  t.deepEqual(served.get('u-boot.bin'), { kind: 'bytes', bytes });
  // The archive's own is for a server that DHCP names.
  t.regex(release.boardFiles.get('kiln.env')?.toString() ?? '', /http:\/\/\$\{serverip\}\//);
  const start = served.get('kiln.env');
  t.regex(start?.kind === 'bytes' ? start.bytes.toString() : '', /10\.9\.0\.2:tiny/);
  const path = join(scratch.path, 'tiny-1.0-arm64', 'tiny_1.0_arm64.net.efi');
  t.deepEqual(served.get('tiny_1.0_arm64.net.efi'), { kind: 'file', path });
});

test('a release for no board has nothing for TFTP', async (t) => {
  await using scratch = await Scratch.create('board-files');
  t.is(filesFrom(SERVER, await releaseIn(scratch.path, {})).size, 0);
});
