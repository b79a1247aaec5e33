import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Report } from '../../report/diagnostic.ts';
import { formatDiagnostics } from '../../report/format.ts';
import {
  EPOCH,
  type Files,
  failureOf,
  listing,
  temporaryDirectory,
  treeOf,
  writeFiles,
} from '../../testing/tree-fixture.ts';
import { applyOwners, layOverlay } from './lay-overlay.ts';
import { readOverlay } from './overlay.ts';
import type { Tree } from './tree.ts';

const VIEW = { name: 'kiln' };
const ACCOUNTS = {
  users: [
    { name: 'etcd', uid: 960, gid: 960, description: '', home: '/', shell: '', isLocked: false },
  ],
  groups: [
    { name: 'root', gid: 0, members: [] },
    { name: '_ssh', gid: 982, members: [] },
  ],
};

async function lay(t: ExecutionContext, below: Files, overlay: Files) {
  const directory = temporaryDirectory(t);
  writeFiles(directory, overlay);
  const report = new Report();
  const read = await readOverlay(directory, VIEW, EPOCH, report);
  const laid = layOverlay(treeOf(below), read, EPOCH, report);
  const tree: Tree = applyOwners(laid, [read], ACCOUNTS, report);
  const errors = formatDiagnostics(report.diagnostics).replaceAll(directory, 'overlays/x');
  return { tree, errors, directory };
}

test('modes come from the executable bit alone, owners are root, times the epoch', async (t) => {
  const { tree } = await lay(
    t,
    {},
    {
      'etc/secret': '600:s',
      'usr/bin/tool': '700:#!',
      'etc/open': '666:o',
      'etc/link': '-> /proc/mounts',
    },
  );
  t.deepEqual(listing(tree), [
    '755 0:0 etc/',
    '777 0:0 etc/link -> /proc/mounts',
    '644 0:0 etc/open: o',
    '644 0:0 etc/secret: s',
    '755 0:0 usr/',
    '755 0:0 usr/bin/',
    '755 0:0 usr/bin/tool: #!',
  ]);
  t.true([...tree.values()].every(({ mtime }) => mtime === EPOCH));
});

test('the mode of a directory on the host does not matter', async (t) => {
  const directory = temporaryDirectory(t);
  writeFiles(directory, { 'etc/x': 'x' });
  chmodSync(join(directory, 'etc'), 0o700);
  const { entries } = await readOverlay(directory, VIEW, EPOCH, new Report());
  t.is(entries.find(({ path }) => path === 'etc')?.mode, 0o755);
});

test('templates are rendered and lose their suffix', async (t) => {
  const { tree } = await lay(
    t,
    {},
    { 'etc/motd.mustache': 'Hi {{name}}', 'bin/x.mustache': '755:{{name}}' },
  );
  t.deepEqual(listing(tree), [
    '755 0:0 bin/',
    '755 0:0 bin/x: kiln',
    '755 0:0 etc/',
    '644 0:0 etc/motd: Hi kiln',
  ]);
});

test('.keep makes an empty directory and is not copied, and neither is the manifest', async (t) => {
  const { tree } = await lay(
    t,
    {},
    { 'var/.keep': '', 'overlay.yaml': '{}', 'etc/overlay.yaml': 'x' },
  );
  t.deepEqual([...tree.keys()], ['etc', 'etc/overlay.yaml', 'var']);
});

test('a large file stays on the host until it is written', async (t) => {
  const { tree } = await lay(t, {}, { 'usr/big': 'x'.repeat(1 << 20) });
  const entry = tree.get('usr/big');
  t.true(
    entry?.kind === 'file' && entry.content.kind === 'range' && entry.content.sizeBytes === 1 << 20,
  );
});

test('files are replaced, the modes of directories that are there are not touched', async (t) => {
  const { tree } = await lay(
    t,
    { tmp: '1777:/', 'etc/a': 'old', 'etc/b': '-> a', lib: '-> usr/lib', 'usr/lib/x': '755:old' },
    { 'tmp/f': 'new', 'etc/a': 'new', 'etc/b': 'now a file', 'lib/x': 'new' },
  );
  t.deepEqual(listing(tree), [
    '755 0:0 etc/',
    '644 0:0 etc/a: new',
    '644 0:0 etc/b: now a file',
    '777 0:0 lib -> usr/lib',
    '1777 0:0 tmp/',
    '644 0:0 tmp/f: new',
    '755 0:0 usr/',
    '755 0:0 usr/lib/',
    '644 0:0 usr/lib/x: new',
  ]);
});

test('the manifest removes, copies, and gives modes and owners, also to files of packages', async (t) => {
  const { tree, errors } = await lay(
    t,
    {
      'home/u/x': 'x',
      'usr/share/profile': '600:p',
      'usr/bin/agent': '755:a',
      'var/etcd': '/',
      lib: '-> usr/lib',
    },
    {
      'overlay.yaml': `
remove: [home]
copy: { etc/profile: usr/share/profile }
files:
  usr/bin/agent: { mode: "2755", group: _ssh }
  var/etcd: { mode: "0700", owner: etcd }
  etc/key: { mode: "0600" }
`,
      'etc/key': 'k',
      home: '-> var/home',
    },
  );
  t.is(errors, '');
  t.deepEqual(listing(tree), [
    '755 0:0 etc/',
    '600 0:0 etc/key: k',
    '644 0:0 etc/profile: p',
    '777 0:0 home -> var/home',
    '777 0:0 lib -> usr/lib',
    '755 0:0 usr/',
    '755 0:0 usr/bin/',
    '2755 0:982 usr/bin/agent: a',
    '755 0:0 usr/share/',
    '600 0:0 usr/share/profile: p',
    '755 0:0 var/',
    '700 960:0 var/etcd/',
  ]);
});

test('what a manifest names and is not there is reported at its place, all at once', async (t) => {
  const { errors } = await lay(
    t,
    { 'etc/passwd-': 'x', 'usr/bin/agent': 'a' },
    {
      'overlay.yaml': `
remove: [etc/pasword-, usr/nothing]
copy: { etc/x: usr/bin/agnet }
files:
  usr/bin/agnt: { mode: "2755" }
  usr/bin/agent: { owner: etdc }
  etc/y: { group: ssh }
`,
      'etc/y': 'y',
    },
  );
  t.snapshot(errors);
});

const badManifests: readonly [title: string, text: string][] = [
  ['an unknown key', 'file: {}'],
  ['a mode as a number', 'files: { etc/x: { mode: 0644 } }'],
  ['a mode that is none', 'files: { etc/x: { mode: "rw" } }'],
  ['an absolute path', 'files: { /etc/x: { mode: "0644" } }'],
  ['a path that leads out', 'remove: [ "../etc" ]'],
  ['an owner by number', 'files: { etc/x: { owner: 0 } }'],
];

for (const [title, text] of badManifests) {
  test(`a manifest with ${title} is an error at its place`, async (t) => {
    const directory = temporaryDirectory(t);
    writeFiles(directory, { 'overlay.yaml': text, 'etc/x': 'x' });
    const read = () => readOverlay(directory, VIEW, EPOCH, new Report());
    t.snapshot(await failureOf(read, { [directory]: 'overlays/x' }));
  });
}

test('a directory is not turned into a file or a symlink, and nothing is laid through a symlink', async (t) => {
  const directory = temporaryDirectory(t);
  writeFiles(directory, { 'etc/a': 'x', home: '-> var/home', 'usr/link/x': 'x' });
  const overlay = await readOverlay(directory, VIEW, EPOCH, new Report());
  const tree = treeOf({ 'etc/a/b': 'x', 'home/u': 'x', 'usr/link': '-> /etc' });
  const text = await failureOf(() => layOverlay(tree, overlay, EPOCH, new Report()));
  t.snapshot(text.replaceAll(overlay.origin, 'overlay x'));
});

test('a socket in an overlay is refused', async (t) => {
  const directory = temporaryDirectory(t);
  const server = createServer().listen(join(directory, 's'));
  await new Promise((resolve) => server.once('listening', resolve));
  const read = () => readOverlay(directory, VIEW, EPOCH, new Report());
  t.snapshot(await failureOf(read, { [directory]: 'overlays/x' }));
  await new Promise((resolve) => server.close(resolve));
});
