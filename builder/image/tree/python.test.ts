import test from 'ava';
import { testToolbox } from '../../testing/toolbox.ts';
import {
  EPOCH,
  type Files,
  failureOf,
  temporaryDirectory,
  treeOf,
} from '../../testing/tree-fixture.ts';
import { Store } from '../store/store.ts';
import { readContent } from './content.ts';
import { mergeLayers } from './merge.ts';
import { byteCode, sourceOf } from './python.ts';
import type { Tree } from './tree.ts';

const PYTHON: Files = { 'usr/bin/python3': '-> python3.13', 'usr/bin/python3.13': '755:x' };
const NO_TOOLBOX = { root: '', identity: '', env: {}, file: () => '', command: () => [] };

function merged(...trees: readonly Tree[]): Tree {
  const layers = trees.map((tree) => {
    return { name: '', advice: '', entries: [...tree.values()], mayReplace: () => true };
  });
  return mergeLayers(new Map(), layers, EPOCH);
}

const TREE = merged(
  treeOf(PYTHON, 'python 3'),
  treeOf(
    {
      'usr/lib/python3/dist-packages/a/__init__.py': 'X = {"b", "a", "c"}\n',
      'usr/lib/python3/dist-packages/a/b.py': '"""Doc."""\ndef f(x):\n    return x + 1\n',
      'usr/lib/python3/dist-packages/a/data.txt': 'not Python',
      'usr/share/a/script.py': 'print(1)\n',
    },
    'a 1.0',
  ),
  treeOf(
    { 'usr/lib/python3.13/os.py': 'name = "posix"\n', 'usr/lib/python3.13/broken.py': 'def (:\n' },
    'b 2.0',
  ),
);

test('sources below /usr/lib/python3 get byte code that does not tell where or when it was made', async (t) => {
  t.timeout(300_000);
  const toolbox = await testToolbox();
  const make = async () =>
    byteCode(TREE, TREE, EPOCH, { store: await Store.open(temporaryDirectory(t)), toolbox });
  const made = await make();
  t.deepEqual(
    made.map(({ path, origin, mode }) => `${mode.toString(8)} ${path} of ${origin}`),
    [
      '644 usr/lib/python3.13/__pycache__/os.cpython-313.pyc of b 2.0',
      '644 usr/lib/python3/dist-packages/a/__pycache__/__init__.cpython-313.pyc of a 1.0',
      '644 usr/lib/python3/dist-packages/a/__pycache__/b.cpython-313.pyc of a 1.0',
    ],
  );
  const digests = (entries: typeof made) =>
    entries.map((entry) =>
      entry.kind === 'file' && entry.content.kind === 'range' ? entry.content.sha256 : '',
    );
  t.deepEqual(digests(await make()), digests(made));
  const b = made.at(-1);
  if (b?.kind !== 'file') return t.fail();
  const bytes = await readContent(b.content);
  // PEP 552: flags 1 are a hash that is not checked against the source.
  t.is(bytes.readUInt32LE(4), 1);
  t.true(bytes.includes('/usr/lib/python3/dist-packages/a/b.py'));
  t.false(bytes.includes('/tmp/'));
});

test('what was compiled is kept, and a source that an overlay replaced or the image lacks gets none', async (t) => {
  t.timeout(300_000);
  const toolbox = await testToolbox();
  const store = await Store.open(temporaryDirectory(t));
  await byteCode(TREE, TREE, EPOCH, { store, toolbox });
  const replaced = treeOf({ 'usr/lib/python3/dist-packages/a/b.py': 'other = 1\n' }, 'overlay x');
  const root = new Map(merged(TREE, replaced));
  root.delete('usr/lib/python3.13/os.py');
  // Nothing is compiled again: there is no Python to do it.
  const made = await byteCode(root, TREE, EPOCH, { store, toolbox: NO_TOOLBOX });
  t.deepEqual(
    made.map(({ path }) => path),
    ['usr/lib/python3/dist-packages/a/__pycache__/__init__.cpython-313.pyc'],
  );
});

test('an image without Python needs no byte code', async (t) => {
  const tree = treeOf({ 'usr/lib/python3/dist-packages/a.py': 'x = 1\n' });
  const store = await Store.open(temporaryDirectory(t));
  t.deepEqual(await byteCode(tree, tree, EPOCH, { store, toolbox: NO_TOOLBOX }), []);
});

test('another Python than the toolbox has is an error', async (t) => {
  const tree = treeOf({
    'usr/bin/python3': '-> python3.14',
    'usr/bin/python3.14': 'x',
    'usr/lib/python3/dist-packages/a.py': 'x = 1\n',
  });
  const store = await Store.open(temporaryDirectory(t));
  t.snapshot(await failureOf(() => byteCode(tree, tree, EPOCH, { store, toolbox: NO_TOOLBOX })));
});

test('byte code stands in a directory beside its source', (t) => {
  t.is(sourceOf('usr/lib/python3/a/__pycache__/b.c.cpython-313.pyc'), 'usr/lib/python3/a/b.c.py');
});
