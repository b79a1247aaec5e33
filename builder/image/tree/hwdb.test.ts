import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { testToolbox } from '../../testing/toolbox.ts';
import { EPOCH, temporaryDirectory, treeOf } from '../../testing/tree-fixture.ts';
import { run } from '../../tools/run.ts';
import { Store } from '../store/store.ts';
import { readContent } from './content.ts';
import { hardwareDatabase } from './hwdb.ts';

test('the hardware database is compiled once, and answers what its sources say', async (t) => {
  t.timeout(300_000);
  const toolbox = await testToolbox();
  const store = await Store.open(temporaryDirectory(t));
  const tree = treeOf({
    'usr/lib/udev/hwdb.d/20-a.hwdb': 'pci:v00001234*\n KILN_VENDOR=Shipped\n',
    'usr/lib/udev/hwdb.d/30-b.hwdb': 'pci:v00005678*\n KILN_VENDOR=Other\n',
    'etc/udev/hwdb.d/20-a.hwdb': 'pci:v00001234*\n KILN_VENDOR=Local\n',
  });
  const [made, ...more] = await hardwareDatabase(tree, EPOCH, { store, toolbox });
  t.deepEqual(more, []);
  t.like(made, { path: 'usr/lib/udev/hwdb.bin', mode: 0o444, mtime: EPOCH, origin: 'kiln' });
  if (made?.kind !== 'file') return t.fail();
  t.deepEqual(await hardwareDatabase(tree, EPOCH, { store, toolbox }), [made]);
  const again = await hardwareDatabase(tree, EPOCH, {
    store: await Store.open(temporaryDirectory(t)),
    toolbox,
  });
  t.like(again[0], {
    content: { sha256: made.content.kind === 'range' ? made.content.sha256 : '' },
  });

  const root = temporaryDirectory(t);
  mkdirSync(join(root, 'usr/lib/udev'), { recursive: true });
  writeFileSync(join(root, 'usr/lib/udev/hwdb.bin'), await readContent(made.content));
  const query = async (key: string) => {
    const argv = [...toolbox.command('systemd-hwdb'), `--root=${root}`, 'query', key];
    return (await run(argv, { env: toolbox.env })).stdout;
  };
  t.is(await query('pci:v00001234d1'), 'KILN_VENDOR=Local\n');
  t.is(await query('pci:v00005678d1'), 'KILN_VENDOR=Other\n');
});

test('a tree without sources gets no database and needs no tool', async (t) => {
  const store = await Store.open(temporaryDirectory(t));
  const toolbox = { root: '', identity: '', env: {}, file: () => '', command: () => [] };
  t.deepEqual(await hardwareDatabase(treeOf({}), EPOCH, { store, toolbox }), []);
});
