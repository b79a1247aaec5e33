import test from 'ava';
import type { Arch } from '../arch.ts';
import { kernelCmdline, netCmdline } from './cmdline.ts';

const rootHash = 'ab'.repeat(32);
const BOTH: readonly Arch[] = ['x86_64', 'arm64'];

for (const arch of BOTH) {
  test(`the command line for ${arch}`, (t) => {
    t.snapshot(kernelCmdline({ arch, board: 'uefi', rootHash, extra: ['loglevel=4'] }));
  });
}

for (const board of ['raspberry-pi', 'raspberry-pi-5'] as const) {
  test(`the command line for a ${board}`, (t) => {
    t.snapshot(kernelCmdline({ arch: 'arm64', board, rootHash, extra: [] }));
  });
}

test("the definition's words come last, so that they win", (t) => {
  t.true(
    kernelCmdline({ arch: 'arm64', board: 'uefi', rootHash, extra: ['panic=0'] }).endsWith(
      ' panic=0',
    ),
  );
});

test('the command line of a network boot names the files of the root and where they are attached', (t) => {
  const root = { name: 'edge.root', imageSha256: 'cd'.repeat(32), hashTreeSha256: 'ef'.repeat(32) };
  t.snapshot(netCmdline({ arch: 'x86_64', board: 'uefi', rootHash, extra: ['loglevel=4'] }, root));
});

test('a network boot that installs says what the disk starts with, by its digests', (t) => {
  const root = { name: 'edge.root', imageSha256: 'cd'.repeat(32), hashTreeSha256: 'ef'.repeat(32) };
  const install = {
    ...{ name: 'edge', systemSha256: '01'.repeat(32) },
    ...{ loaderSha256: '23'.repeat(32), loaderConfSha256: '45'.repeat(32) },
  };
  t.snapshot(netCmdline({ arch: 'x86_64', board: 'uefi', rootHash, extra: [] }, root, install));
});
