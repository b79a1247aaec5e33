import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import { run } from '../../tools/run.ts';
import { readPrivate, writePrivate } from './bundle-file.ts';

async function setup(t: ExecutionContext) {
  const directory = await emptyDirectory(t);
  const path = join(directory, 'secrets.yaml');
  /** What reading says, with the user's hint. */
  const refusal = async (): Promise<string> => {
    const error = await t.throwsAsync(readPrivate(path), { name: 'KilnError' });
    const { hint = '' } = error as Error & { readonly hint?: string };
    return `${error?.message}\n${hint}`.replaceAll(directory, '').replace(/uid \d+/, 'uid N');
  };
  return { directory, path, refusal };
}

const modeOf = async (path: string): Promise<string> =>
  ((await stat(path)).mode & 0o777).toString(8);

// The umask is the process's: a test that changes it must not wait in between for others.
for (const umask of ['000', '022', '777']) {
  test(`a file has mode 0600 with the umask ${umask}, and its directory is its owner's`, async (t) => {
    const { directory } = await setup(t);
    const module = join(import.meta.dirname, 'bundle-file.js');
    const program = `
      process.umask(0o${umask === '777' ? '177' : umask});
      const { writePrivate } = await import(${JSON.stringify(module)});
      await writePrivate('${directory}/new/secrets.yaml', 'x');`;
    await run([process.execPath, '--input-type=module', '--eval', program]);
    t.is(await modeOf(`${directory}/new/secrets.yaml`), '600');
    t.is((Number.parseInt(await modeOf(`${directory}/new`), 8) & 0o077).toString(8), '0');
  });
}

test('at no moment others can read it', async (t) => {
  const { directory, path } = await setup(t);
  await writeFile(path, 'old', { mode: 0o600 });
  let isDone = false;
  const seen = new Set<string>();
  const watch = async (): Promise<void> => {
    while (!isDone) {
      for (const name of await readdir(directory)) {
        const mode = await modeOf(join(directory, name)).catch(() => undefined);
        if (mode !== undefined) seen.add(mode);
      }
    }
  };
  const watching = watch();
  for (let round = 0; round < 20; round += 1) await writePrivate(path, Buffer.alloc(1 << 20));
  isDone = true;
  await watching;
  t.deepEqual([...seen], ['600']);
  t.deepEqual(await readdir(directory), ['secrets.yaml']);
});

test('what a killed process left is removed, what a running one is writing is not', async (t) => {
  const { directory, path } = await setup(t);
  const child = await run([process.execPath, '--eval', 'console.log(process.pid)']);
  const { SELF } = await import('../../report/owner.ts');
  const [, , realm] = SELF.split('.');
  const dead = `.secrets.yaml.${child.stdout.trim()}.1.${realm}-1.tmp`;
  const alive = `.secrets.yaml.${SELF}-99.tmp`;
  await writeFile(join(directory, dead), '');
  await writeFile(join(directory, alive), '');
  await writePrivate(path, 'x');
  t.deepEqual((await readdir(directory)).sort(), [alive, 'secrets.yaml'].sort());
});

test('a file that is not there is none', async (t) => {
  const { path } = await setup(t);
  t.is(await readPrivate(path), undefined);
});

test('a file that its owner may only read is read', async (t) => {
  const { path } = await setup(t);
  await writeFile(path, 'x', { mode: 0o400 });
  t.is((await readPrivate(path))?.toString(), 'x');
});

for (const mode of [0o640, 0o604, 0o660, 0o622, 0o700]) {
  test(`mode ${mode.toString(8)} is refused`, async (t) => {
    const { path, refusal } = await setup(t);
    await writeFile(path, 'x');
    await chmod(path, mode);
    t.snapshot(await refusal());
  });
}

test('a symbolic link is refused, and never written through', async (t) => {
  const { directory, path, refusal } = await setup(t);
  await writeFile(join(directory, 'target'), 'x', { mode: 0o600 });
  await symlink('target', path);
  t.snapshot(await refusal());
  await t.throwsAsync(writePrivate(path, 'new'), { message: /what is there is not a file/ });
  t.is(await readFile(join(directory, 'target'), 'utf8'), 'x');
});

test('a directory and a pipe are refused, and nobody waits for the pipe', async (t) => {
  const { directory, path, refusal } = await setup(t);
  await mkdir(path);
  t.snapshot(await refusal());
  await t.throwsAsync(writePrivate(path, 'new'), { message: /what is there is not a file/ });
  t.deepEqual(await readdir(directory), ['secrets.yaml']);
  await rmdir(path);
  await run(['/usr/bin/mkfifo', '-m', '600', path]);
  t.snapshot(await refusal());
});

const asRoot = process.geteuid?.() === 0 ? test : test.skip;

asRoot("another user's file is refused", async (t) => {
  const { path, refusal } = await setup(t);
  await writeFile(path, 'x', { mode: 0o600 });
  await chown(path, 4242, 4242);
  t.snapshot(await refusal());
});
