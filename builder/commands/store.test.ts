import { execFile } from 'node:child_process';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PROJECT_DIRECTORY } from '../image/definition/project.ts';
import { Store } from '../image/store/store.ts';
import { age, emptyDirectory, putBytes } from '../testing/store-fixture.ts';

const CLI = join(PROJECT_DIRECTORY, 'dist', 'builder', 'cli.js');

function kiln(root: string, ...args: readonly string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [CLI, 'store', ...args],
      { env: { KILN_STORE: root } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

test('path prints where the store is', async (t) => {
  t.like(await kiln('/somewhere', 'path'), { code: 0, stdout: '/somewhere\n' });
});

test('gc says what it would free, then frees it', async (t) => {
  const root = await emptyDirectory(t);
  const store = await Store.open(root);
  const digest = await putBytes(store, 'x'.repeat(100_000));
  await age(store.layout.stampOf(digest), 10);
  t.regex((await kiln(root, 'gc')).stdout, /^removed 0 files and 0 kept results/);
  const dry = await kiln(root, 'gc', '--keep-days', '5', '--dry-run');
  t.regex(dry.stdout, /^would remove 1 file and 0 kept results: 0\.1 MB\n$/);
  const real = await kiln(root, 'gc', '--keep-days', '5', '--json');
  t.like(JSON.parse(real.stdout), { files: 1, directories: 0, dryRun: false });
  t.deepEqual(await readdir(join(root, 'sha256', digest.slice(0, 2))), []);
});

test('gc refuses days that are none', async (t) => {
  t.is((await kiln(await emptyDirectory(t), 'gc', '--keep-days', '-1')).code, 2);
});

test('verify ends with code 4 when something was corrupt, and with 0 the next time', async (t) => {
  const root = await emptyDirectory(t);
  const store = await Store.open(root);
  const path = store.layout.fileOf(await putBytes(store, 'bytes'));
  await chmod(path, 0o644);
  await writeFile(path, 'bytez');
  const first = await kiln(root, 'verify');
  t.is(first.code, 4);
  t.snapshot(first.stderr.slice(first.stderr.indexOf('error')).replaceAll(root, '/store'));
  t.like(await kiln(root, 'verify'), {
    code: 0,
    stdout: 'intact: 0 files and 0 kept results\n',
  });
});
