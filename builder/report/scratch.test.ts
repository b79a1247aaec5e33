import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test from 'ava';
import { SELF } from './owner.ts';
import { Scratch } from './scratch.ts';

/** The owner word of a process that has ended. */
function deadOwner(): string {
  const [, started, realm] = SELF.split('.');
  const { pid } = spawnSync(process.execPath, ['--version']);
  return [pid, started, realm].join('.');
}

test('a scratch directory is gone with its content when its block ends', async (t) => {
  let path = '';
  {
    await using scratch = await Scratch.create('test');
    path = scratch.path;
    await writeFile(join(path, 'a'), '');
    t.regex(basename(path), /^kiln-test-/);
  }
  t.false(existsSync(path));
});

test('what a killed process left is removed, and nothing else', async (t) => {
  await using parent = await Scratch.create('parent');
  const dead = `kiln-build-${deadOwner()}-Ab12Cd`;
  const kept = [`kiln-build-${SELF}-Ab12Cd`, 'kiln-notes', 'other', `kiln-x-1.1.00000000-Ab12Cd`];
  for (const name of [dead, ...kept])
    await mkdir(join(parent.path, name, 'deep'), { recursive: true });
  await using scratch = await Scratch.create('test', parent.path);
  t.deepEqual((await readdir(parent.path)).sort(), [basename(scratch.path), ...kept].sort());
});

test('a parent that cannot be listed is said when the directory is made', async (t) => {
  await t.throwsAsync(Scratch.create('test', '/nonexistent'), { code: 'ENOENT' });
});
