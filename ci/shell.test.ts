import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { PROJECT_DIRECTORY } from '../builder/image/definition/project.ts';
import { testToolbox } from '../builder/testing/toolbox.ts';
import { run } from '../builder/tools/run.ts';

const FOLDERS = ['.ci', 'ci', 'overlays', 'test-vm'];

test('every shell script of the project is POSIX sh and clean by shellcheck', async (t) => {
  await check(t, 'sh', 5);
});

test('scripts that need bash, for its network connections, are clean by shellcheck', async (t) => {
  await check(t, 'bash', 1);
});

async function check(t: ExecutionContext, shell: 'sh' | 'bash', few: number): Promise<void> {
  const scripts = await shellScripts(shell);
  t.timeout(5 * 60_000);
  t.true(scripts.length > few, `only ${scripts.length} scripts were found`);
  const toolbox = await testToolbox();
  const { stdout, exitCode } = await run(
    [...toolbox.command('shellcheck'), `--shell=${shell}`, '--external-sources', ...scripts],
    { cwd: PROJECT_DIRECTORY, env: { ...toolbox.env, LC_ALL: 'C.UTF-8' }, okExitCodes: [0, 1] },
  );
  t.is(exitCode, 0, stdout);
}

async function shellScripts(shell: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of FOLDERS) {
    const entries = await readdir(join(PROJECT_DIRECTORY, folder), {
      recursive: true,
      withFileTypes: true,
    });
    for (const entry of entries.filter((each) => each.isFile())) {
      const path = join(entry.parentPath, entry.name);
      const text = await readFile(path, 'utf8');
      // What others source has no line for the kernel.
      const first = [`#!/bin/${shell}\n`, `# shellcheck shell=${shell}\n`];
      if (first.some((line) => text.startsWith(line))) found.push(path);
    }
  }
  return found.sort();
}
