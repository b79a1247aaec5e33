import test from 'ava';
import { Report } from '../../report/diagnostic.ts';
import { KilnError } from '../../report/errors.ts';
import { DiagnosticsError, formatDiagnostic } from '../../report/format.ts';
import { sourcesOf } from '../../yaml/decode.ts';
import { parseYaml } from '../../yaml/parse.ts';
import { OTHER_STARTS } from '../definition/starts.ts';
import { textContent } from '../tree/content.ts';
import type { Tree, TreeEntry } from '../tree/tree.ts';
import { composeInitrd, type InitrdInput } from './initrd-tree.ts';
import { composeStartInitrd } from './start-initrd.ts';

const COMMON = { uid: 0, gid: 0, mtime: 5, origin: 'demo' };

function file(path: string, text: string): TreeEntry {
  return { ...COMMON, path, kind: 'file', mode: 0o755, content: textContent(text) };
}

const DIRECTORIES = ['usr', 'usr/bin', 'usr/lib', 'usr/lib/systemd'].map(
  (path): TreeEntry => ({ ...COMMON, path, kind: 'directory', mode: 0o755 }),
);
const SH: TreeEntry = {
  ...{ ...COMMON, path: 'usr/bin/sh', mode: 0o777 },
  ...{ kind: 'symlink', target: 'bash' },
};
const ROOT: Tree = new Map(
  [...DIRECTORIES, file('usr/bin/bash', 'bash'), SH, file('usr/lib/systemd/systemd', 'init')].map(
    (entry) => [entry.path, entry],
  ),
);
const FETCHER = file('usr/lib/kiln/fetch-root', 'fetch');

function input(change: Partial<InitrdInput> = {}): InitrdInput {
  const source = { name: 'images/demo.yaml', text: 'netboot:\n  files:\n    - usr/bin/curl\n' };
  return {
    sources: sourcesOf(source, parseYaml(source, new Report())),
    ...{ root: ROOT, arch: 'x86_64', epoch: 100, osRelease: 'ID=kiln\n' },
    files: ['usr/lib/systemd/systemd'],
    modules: [file('usr/lib/modules/6/disk.ko', 'disk'), file('usr/lib/modules/6/dep', 'one')],
    overlay: [],
    readElf: async () => undefined,
    ...change,
  };
}

test("the initrd of a network boot is the disk's with an archive of what else it needs on top", async (t) => {
  const disk = await composeInitrd(input());
  const net = input({
    modules: [
      file('usr/lib/modules/6/disk.ko', 'disk'),
      file('usr/lib/modules/6/net.ko', 'net'),
      file('usr/lib/modules/6/dep', 'both'),
    ],
    overlay: [FETCHER],
  });
  const [first, added, overlay] = await composeStartInitrd(disk, net, {
    start: 'netboot',
    files: ['usr/bin/sh'],
  });
  t.is(first, disk.packages);
  t.deepEqual(
    [...(added?.keys() ?? [])],
    ['usr/bin', 'usr/bin/bash', 'usr/bin/sh', 'usr/lib/modules/6/dep', 'usr/lib/modules/6/net.ko'],
  );
  t.true(overlay?.has('usr/lib/kiln/fetch-root'));
});

test('an image with another start that has nothing which brings the root is refused', async (t) => {
  const disk = await composeInitrd(input());
  for (const start of OTHER_STARTS) {
    const error = await t.throwsAsync(composeStartInitrd(disk, input(), { start, files: [] }), {
      instanceOf: KilnError,
    });
    t.snapshot([error?.message, error?.hint], start);
  }
});

test('a pattern of `netboot.files` that matches nothing is told at its place', async (t) => {
  const error = await t.throwsAsync(
    async () =>
      composeStartInitrd(await composeInitrd(input()), input({ overlay: [FETCHER] }), {
        start: 'netboot',
        files: ['usr/bin/curl'],
      }),
    { instanceOf: DiagnosticsError },
  );
  t.snapshot(error?.diagnostics.map(formatDiagnostic));
});
