import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { PROJECT_DIRECTORY } from '../builder/image/definition/project.ts';
import { testToolbox } from '../builder/testing/toolbox.ts';
import { run } from '../builder/tools/run.ts';

// The Python that runs on the box, its tests, and all other Python of the project. It is run with the
// Python that the image has.
const PACKAGES = 'overlays/base/usr/lib/python3/dist-packages';
const TESTS = 'test-vm/box';
const FOLDERS = ['overlays', 'test-vm', 'ci'];

async function python(t: ExecutionContext, args: readonly string[]): Promise<void> {
  t.timeout(5 * 60_000);
  const toolbox = await testToolbox();
  const { stdout, stderr, exitCode } = await run([...toolbox.command('python3.13'), ...args], {
    cwd: PROJECT_DIRECTORY,
    env: { ...toolbox.env, LC_ALL: 'C.UTF-8', PYTHONPATH: join(PROJECT_DIRECTORY, PACKAGES) },
    okExitCodes: [0, 1],
  });
  t.is(exitCode, 0, `${stdout}\n${stderr}`);
}

test("the box's Python passes its unit tests", async (t) => {
  await python(t, ['-m', 'unittest', 'discover', '--start-directory', TESTS, '--buffer']);
});

test('pyflakes finds nothing in the Python of the project', async (t) => {
  await python(t, ['-m', 'pyflakes', ...(await sources())]);
});

test('the Python of the project has the form that PEP 8 asks for, in 120 columns', async (t) => {
  // E203 and W503 contradict the usual way to break long expressions.
  const rules = ['--max-line-length=120', '--ignore=E203,W503'];
  await python(t, ['-m', 'pycodestyle', ...rules, ...(await sources())]);
});

async function sources(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of FOLDERS) {
    const names = await readdir(join(PROJECT_DIRECTORY, folder), { recursive: true });
    found.push(...names.filter((name) => name.endsWith('.py')).map((name) => join(folder, name)));
  }
  return found.sort();
}
