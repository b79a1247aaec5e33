import test from 'ava';
import { Report } from '../../report/diagnostic.ts';
import { KilnError } from '../../report/errors.ts';
import { DiagnosticsError, formatDiagnostic } from '../../report/format.ts';
import { sourcesOf } from '../../yaml/decode.ts';
import { parseYaml } from '../../yaml/parse.ts';
import type { Sources } from '../../yaml/sources.ts';
import { textContent } from '../tree/content.ts';
import { followPath } from '../tree/follow.ts';
import type { Tree, TreeEntry } from '../tree/tree.ts';
import { archiveOf, treeDigest } from './initrd.ts';
import { composeInitrd, type InitrdInput } from './initrd-tree.ts';

const COMMON = { uid: 0, gid: 0, mtime: 5, origin: 'demo 1.0' };
const EPOCH = 100;

/** Entries from a shorthand: `name/` a directory, `a -> b` a symlink, else a file; parents in between. */
function entriesOf(lines: readonly string[]): TreeEntry[] {
  return lines.map((line): TreeEntry => {
    const [path = '', target] = line.split(' -> ');
    if (target !== undefined) return { ...COMMON, path, kind: 'symlink', mode: 0o777, target };
    if (path.endsWith('/')) {
      return { ...COMMON, path: path.slice(0, -1), kind: 'directory', mode: 0o755 };
    }
    return { ...COMMON, path, kind: 'file', mode: 0o755, content: textContent(path) };
  });
}

const treeOf = (lines: readonly string[]): Tree =>
  new Map(entriesOf(lines).map((entry) => [entry.path, entry]));

const LIB = 'usr/lib/x86_64-linux-gnu';

const ROOT = treeOf([
  'lib -> usr/lib',
  'lib64 -> usr/lib64',
  'usr/',
  'usr/bin/',
  'usr/bin/dash',
  'usr/bin/sh -> dash',
  'usr/bin/udevadm',
  'usr/lib/',
  'usr/lib/systemd/',
  'usr/lib/systemd/systemd',
  'usr/lib64/',
  'usr/lib64/ld-linux-x86-64.so.2 -> ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
  `${LIB}/`,
  `${LIB}/ld-linux-x86-64.so.2`,
  `${LIB}/libc.so.6`,
  `${LIB}/libdemo.so.1 -> libdemo.so.1.2`,
  `${LIB}/libdemo.so.1.2`,
  `${LIB}/systemd/`,
  `${LIB}/systemd/libsystemd-core.so`,
  'usr/share/',
  'usr/share/unrelated',
]);

/** What the files of the demo need; their bytes are their own path. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  'usr/lib/systemd/systemd': ['libsystemd-core.so', 'libc.so.6'],
  [`${LIB}/systemd/libsystemd-core.so`]: ['libdemo.so.1'],
  [`${LIB}/libdemo.so.1.2`]: ['libc.so.6'],
  'usr/bin/udevadm': ['libmissing.so.3'],
};

/** The place of each glob in an image file that has nothing else. */
function sourcesFor(files: readonly string[]): Sources {
  const lines = files.map((file) => `    - ${file}\n`).join('');
  const file = { name: 'images/demo.yaml', text: `initrd:\n  files:\n${lines}` };
  return sourcesOf(file, parseYaml(file, new Report()));
}

function input(change: Partial<InitrdInput> = {}): InitrdInput {
  return {
    sources: sourcesFor(change.files ?? []),
    root: ROOT,
    arch: 'x86_64',
    epoch: EPOCH,
    files: ['usr/lib/systemd/systemd'],
    modules: [],
    overlay: [],
    osRelease: 'ID=kiln\n',
    readElf: async (content) => {
      const path = content.kind === 'bytes' ? content.bytes.toString() : '';
      const needed = NEEDS[path];
      return needed && { needed, interpreter: '/lib64/ld-linux-x86-64.so.2' };
    },
    ...change,
  };
}

const pathsOf = (tree: Tree): string[] => [...tree.keys()];

test('a program brings its libraries, theirs, the loader, and the links that lead to them', async (t) => {
  const { packages } = await composeInitrd(input());
  t.deepEqual(pathsOf(packages), [
    'lib64',
    'usr',
    'usr/lib',
    'usr/lib/systemd',
    'usr/lib/systemd/systemd',
    LIB,
    `${LIB}/ld-linux-x86-64.so.2`,
    `${LIB}/libc.so.6`,
    `${LIB}/libdemo.so.1`,
    `${LIB}/libdemo.so.1.2`,
    `${LIB}/systemd`,
    `${LIB}/systemd/libsystemd-core.so`,
    'usr/lib64',
    'usr/lib64/ld-linux-x86-64.so.2',
  ]);
});

test('the overlay archive has the sign of an initrd, the clock, mount points and links', async (t) => {
  const { overlay } = await composeInitrd(input());
  t.snapshot(
    [...overlay.values()].map((entry) =>
      entry.kind === 'symlink' ? `${entry.path} -> ${entry.target}` : `${entry.path} ${entry.kind}`,
    ),
  );
  t.is(overlay.get('usr/lib/clock-epoch')?.mtime, EPOCH);
});

test('a symlink that a glob matches brings what it leads to', async (t) => {
  const files = ['usr/lib/systemd/systemd', 'usr/bin/s*'];
  const { packages } = await composeInitrd(input({ files }));
  t.true(packages.has('usr/bin/sh'));
  t.true(packages.has('usr/bin/dash'));
});

test('overlays win and bring their directories, and the packages archive does not change', async (t) => {
  const plain = await composeInitrd(input());
  const overlay = entriesOf(['etc/initrd-release', 'usr/lib/systemd/system/x.service']);
  const changed = await composeInitrd(input({ overlay }));
  t.is(changed.overlay.get('etc/initrd-release')?.origin, 'demo 1.0');
  t.is(changed.overlay.get('usr/lib/systemd/system')?.kind, 'directory');
  t.is(treeDigest(changed.packages, EPOCH), treeDigest(plain.packages, EPOCH));
  t.not(treeDigest(changed.overlay, EPOCH), treeDigest(plain.overlay, EPOCH));
});

test('a hardlink becomes a copy', async (t) => {
  const link: TreeEntry = {
    ...COMMON,
    path: 'usr/bin/linked',
    kind: 'hardlink',
    mode: 0o755,
    target: 'usr/bin/dash',
  };
  const root = new Map([...ROOT, [link.path, link]]);
  const files = ['usr/lib/systemd/systemd', 'usr/bin/linked'];
  const { packages } = await composeInitrd(input({ root, files }));
  t.like(packages.get('usr/bin/linked'), { kind: 'file', path: 'usr/bin/linked' });
});

async function refusal(
  t: import('ava').ExecutionContext,
  change: Partial<InitrdInput>,
): Promise<void> {
  const error = await t.throwsAsync(composeInitrd(input(change)), { instanceOf: KilnError });
  t.is(error.code, 'definition');
  t.snapshot(`${error.message}\n${error.hint}`);
}

test('a library that no package has is an error that names who needs it', async (t) => {
  await refusal(t, { files: ['usr/lib/systemd/systemd', 'usr/bin/udevadm'] });
});

test('globs that match nothing are errors at their lines, all at once', async (t) => {
  const files = ['usr/lib/systemd/systemd', 'usr/bin/gone*', 'usr/bin/dash', 'etc/old.conf'];
  const error = await t.throwsAsync(composeInitrd(input({ files })), {
    instanceOf: DiagnosticsError,
  });
  t.snapshot(error.diagnostics.map(formatDiagnostic).join('\n'));
});

test('an initrd without a program to start is an error', async (t) => {
  await refusal(t, { files: ['usr/bin/dash'] });
});

test('a loop of symlinks leads nowhere', (t) => {
  const loop = treeOf(['a -> b', 'b -> a']);
  t.is(followPath(loop, 'a').end, undefined);
});

test('a relative symlink is followed from its own directory', (t) => {
  const tree = treeOf(['x/', 'x/y/', 'x/y/link -> ../file', 'x/file']);
  t.is(followPath(tree, 'x/y/link').end?.path, 'x/file');
});

test('the archive has no time after the epoch', async (t) => {
  const late: Tree = new Map([
    ['late', { ...COMMON, path: 'late', kind: 'directory', mode: 0o755, mtime: EPOCH + 1 }],
  ]);
  const pieces: Buffer[] = [];
  for await (const piece of archiveOf(late, EPOCH)) pieces.push(piece);
  t.is(
    Buffer.concat(pieces).toString('latin1', 46, 54),
    EPOCH.toString(16).padStart(8, '0').toUpperCase(),
  );
});
