import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { KilnError } from '../report/errors.ts';
import { Scratch } from '../report/scratch.ts';
import { writeNetRelease } from '../testing/net-release.ts';
import { openReleases } from './releases.ts';
import { servedFiles, startScript } from './served.ts';

const BASE = 'http://10.0.0.1:8080/';

test('what two releases have is served by name, with one script for both', async (t) => {
  await using scratch = await Scratch.create('releases');
  const directories = [
    await writeNetRelease(scratch.path, { arch: 'x86_64' }),
    await writeNetRelease(scratch.path, { arch: 'arm64' }),
  ];
  const releases = await openReleases(directories);
  const bootLoaders = new Map([['undionly.kpxe', Buffer.from('iPXE')]]);
  const files = servedFiles({ releases, base: BASE, seeds: undefined, bootLoaders });
  t.snapshot([...files].map(([name, { part, resource }]) => [name, part, resource.sizeBytes]));
  for (const name of ['boot.ipxe', startScript('diskless'), startScript('disk')]) {
    const script = files.get(name)?.resource.content;
    t.snapshot(script?.kind === 'bytes' ? script.bytes.toString() : script, name);
  }
});

async function refusal(directories: readonly string[]) {
  try {
    await openReleases(directories);
    return undefined;
  } catch (error) {
    return error instanceof KilnError ? error : undefined;
  }
}

test('a release that was changed since is not served', async (t) => {
  await using scratch = await Scratch.create('releases');
  const directory = await writeNetRelease(scratch.path, { arch: 'x86_64' });
  const root = join(directory, 'tiny_1.0_x86_64.root.squashfs');
  const bytes = await readFile(root);
  bytes[17] = (bytes[17] ?? 0) ^ 1;
  await writeFile(root, bytes);
  const flipped = await refusal([directory]);
  t.is(flipped?.code, 'verification');
  t.regex(flipped?.message ?? '', /root\.squashfs is not what was built$/);
  await rm(root);
  t.is((await refusal([directory]))?.code, 'verification');
});

test('a release without a network boot, and two for one architecture, are mistakes', async (t) => {
  await using scratch = await Scratch.create('releases');
  const directory = await writeNetRelease(scratch.path, { arch: 'x86_64' });
  const twice = await refusal([directory, directory]);
  t.snapshot([twice?.code, twice?.message, twice?.hint]);
  const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
  await writeFile(join(directory, 'manifest.json'), JSON.stringify({ ...manifest, outputs: [] }));
  const without = await refusal([directory]);
  t.is(without?.code, 'usage');
  t.regex(without?.hint ?? '', /put `netboot` into/);
});
