import { writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { extract } from 'tar-stream';
import { EPOCH, rangeOf, temporaryDirectory, treeOf } from '../../testing/tree-fixture.ts';
import { sortedTree } from './merge.ts';
import { tarOf } from './tar.ts';
import type { Content, Tree, TreeEntry } from './tree.ts';

const BIG = Buffer.alloc(3_000_001, 'kiln ');

function fileEntry(path: string, content: Content, mtime = EPOCH): TreeEntry {
  return { kind: 'file', path, mode: 0o644, uid: 0, gid: 0, mtime, origin: 'x', content };
}

async function archiveOf(tree: Tree, epoch = EPOCH): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of tarOf(tree, epoch)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function entriesOf(archive: Buffer) {
  const reader = extract();
  reader.end(archive);
  const found = [];
  for await (const entry of reader) {
    const pieces: Buffer[] = [];
    for await (const piece of entry) pieces.push(Buffer.from(piece as Uint8Array));
    const { name, type, mode, uid, gid, mtime, linkname, uname, gname } = entry.header;
    const seconds = mtime.getTime() / 1000;
    const header = {
      name,
      type,
      mode: mode.toString(8),
      uid,
      gid,
      seconds,
      linkname,
      uname,
      gname,
    };
    found.push({ header, bytes: Buffer.concat(pieces) });
  }
  return found;
}

function mixedTree(t: ExecutionContext): Tree {
  const directory = temporaryDirectory(t);
  const long = `usr/share/${'long/'.repeat(30)}name`;
  const base = treeOf({
    bin: '-> usr/bin',
    'usr/bin/su': '4755:x',
    'etc/none': '000:',
    tmp: '1777:/',
  });
  const common = { mode: 0o777, uid: 0, gid: 0, mtime: EPOCH, origin: 'x' };
  return sortedTree([
    ...base.values(),
    fileEntry('usr/big', rangeOf(directory, BIG, 5), EPOCH + 999),
    fileEntry('usr/small', rangeOf(directory, Buffer.from('small'), 2), EPOCH - 999),
    fileEntry('usr/empty', rangeOf(directory, Buffer.alloc(0))),
    fileEntry('usr/Főtanúsítvány', { kind: 'bytes', bytes: Buffer.from('é') }, 0),
    { ...common, kind: 'hardlink', path: 'usr/twin', target: 'usr/small' },
    { ...common, kind: 'symlink', path: long, target: `/${long}-elsewhere` },
    { ...common, kind: 'directory', path: 'var', mode: 0o2755, uid: 961, gid: 60000 },
  ]);
}

test('an archive has every entry with numbers for owners and no time after the epoch', async (t) => {
  const found = await entriesOf(await archiveOf(mixedTree(t)));
  t.snapshot(
    found.map(({ header, bytes }) => ({ ...(header as object), sizeBytes: bytes.length })),
  );
  t.true(found.find(({ bytes }) => bytes.length === BIG.length)?.bytes.equals(BIG));
  t.is(found.find(({ bytes }) => bytes.length === 5)?.bytes.toString(), 'small');
});

test('the same tree gives the same bytes', async (t) => {
  const [first, second] = [await archiveOf(mixedTree(t)), await archiveOf(mixedTree(t))];
  t.true(first.equals(second));
  t.is(first.length % 512, 0);
});

test('a file that changed in the store breaks the archive off', async (t) => {
  const directory = temporaryDirectory(t);
  for (const bytes of [Buffer.from('small'), BIG]) {
    const range = rangeOf(directory, bytes);
    writeFileSync(range.file, Buffer.alloc(bytes.length, 1));
    const tree = sortedTree([fileEntry('a', range), fileEntry('b', { kind: 'bytes', bytes: BIG })]);
    const error = await t.throwsAsync(archiveOf(tree), { message: /no longer have the SHA-256/ });
    t.like(error, { code: 'verification' });
  }
});

test('hundreds of megabytes are never in memory together', async (t) => {
  const range = rangeOf(temporaryDirectory(t), Buffer.alloc(24 << 20, 'x'));
  const tree = sortedTree(Array.from({ length: 8 }, (_, n) => fileEntry(`f${n}`, range)));
  const before = process.memoryUsage().arrayBuffers;
  let [total, most] = [0, 0];
  for await (const { length } of tarOf(tree, EPOCH)) {
    total += length;
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  t.true(total > 8 * (24 << 20));
  // A few chunks, and those that the collector has not come to yet: on a busy machine it is late.
  t.true(most - before < 64 << 20, `${most - before} bytes`);
});

test('names of every length come back whole', async (t) => {
  const lengths = [1, 98, 99, 100, 101, 155, 256, 985, 986, 987, 4000];
  const entries = lengths.flatMap((length): TreeEntry[] => {
    const common = { mode: 0o777, uid: 0, gid: 0, mtime: EPOCH, origin: 'x' };
    const name = 'n'.repeat(length);
    return [
      { ...common, kind: 'directory', path: `d${name}` },
      { ...common, kind: 'symlink', path: `s${name}`, target: `é${name}` },
    ];
  });
  const found = await entriesOf(await archiveOf(sortedTree(entries)));
  const names = found.map(({ header }) => header.name);
  t.deepEqual(names, [...sortedTree(entries).keys()]);
  const targets = found.flatMap(({ header }) => header.linkname ?? []);
  t.deepEqual(
    targets,
    lengths.map((length) => `é${'n'.repeat(length)}`),
  );
});

test('a number that a header has no room for is an error, not another number', async (t) => {
  const entry: TreeEntry = { ...fileEntry('a', { kind: 'bytes', bytes: BIG }), uid: 0o10000000 };
  await t.throwsAsync(archiveOf(sortedTree([entry])), { message: /too large for a tar header/ });
});
