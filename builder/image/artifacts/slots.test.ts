import test, { type ExecutionContext } from 'ava';
import { Report } from '../../report/diagnostic.ts';
import { formatDiagnostics } from '../../report/format.ts';
import { loadImage, SMALLEST_IMAGE } from '../../testing/image-files.ts';
import { checkSlots } from './slots.ts';

const MEBIBYTE = 1024 * 1024;

/** What is said about a root file system of so many MiB, with a hash tree of a hundredth of it. */
async function said(t: ExecutionContext, values: string, mebibytes: number): Promise<string> {
  const { definition, sources } = await loadImage(t, {
    'images/a.yaml': `${SMALLEST_IMAGE}values: ${values}\n`,
  });
  const report = new Report();
  const rootfs = { imageBytes: mebibytes * MEBIBYTE, hashTreeBytes: (mebibytes * MEBIBYTE) / 100 };
  checkSlots(definition, rootfs, sources, report);
  return formatDiagnostics(report.diagnostics).replaceAll(/\/\S*\/kiln-image-files-[^/]*\//g, '');
}

const BOTH = '{ root-slot: 2G, verity-slot: 32M }';

test('a root that fills its slot fits', async (t) => {
  t.is(await said(t, BOTH, 2048), '');
  t.is(await said(t, '{ root-slot: 2147483648 }', 2048), '');
});

test('a root that is larger than its slot says what to raise', async (t) => {
  t.snapshot(await said(t, BOTH, 2049));
});

test('so does a hash tree', async (t) => {
  t.snapshot(await said(t, '{ root-slot: 8G, verity-slot: 32M }', 4000));
});

test('a slot that is no size is told', async (t) => {
  t.snapshot(await said(t, '{ root-slot: large }', 1));
});

test('an image that makes no slots has no limit', async (t) => {
  t.is(await said(t, '{ other: 1 }', 1_000_000), '');
});
