import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { Scratch } from '../builder/report/scratch.ts';
import { type RunResult, run } from '../builder/tools/run.ts';
import { summary, type Verdict, verdictOfAva, verdictOfCheck } from './verdict.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Files of tests that go wrong in every way that ava tells apart. */
const BAD_TESTS = {
  'assertions.test.js': `import test from 'ava';
test('it passes', (t) => { t.log('5 tests failed'); t.pass(); });
test('numbers are the same', (t) => { t.is(1, 2); });
test('it throws', () => { throw new Error('the disk is full\\n\\n  next: buy one'); });
test('it rejects', async () => { throw new Error('nobody there'); });
test('a message', (t) => { t.log('a log'); t.true(false, 'should be true'); });
test.failing('it is known', (t) => { t.fail(); });
test.failing('it is no more', (t) => { t.pass(); });
`,
  'exception.test.js': `import test from 'ava';
test('it throws later', async (t) => {
  setTimeout(() => { throw new TypeError('thrown later'); }, 1);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  t.pass();
});
`,
  'exit.test.js': `import test from 'ava';
test('it ends everything', () => { process.exit(3); });
`,
  'hook.test.js': `import test from 'ava';
test.before('prepare', () => { throw new Error('no such folder'); });
test('it is prepared', (t) => { t.pass(); });
`,
  'import.test.js': `import test from 'ava';
import './nothing.js';
test('it is imported', (t) => { t.pass(); });
`,
  'pending.test.js': `import test from 'ava';
test('it never ends', async () => {
  setInterval(() => {}, 1000);
  await new Promise(() => {});
});
`,
};

async function ava(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<RunResult> {
  await using scratch = await Scratch.create('ava');
  const directory = scratch.path;
  await symlink(MODULES, join(directory, 'node_modules'));
  await writeFile(join(directory, 'package.json'), '{"type":"module","ava":{"files":["t/*"]}}');
  await mkdir(join(directory, 't'));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, 't', name), text);
  }
  // One after the other, so that what they say comes in one order.
  const argv = [process.execPath, join(MODULES, 'ava/entrypoints/cli.mjs'), '--serial'];
  return await run([...argv, '--concurrency=1', '--timeout=6s'], {
    cwd: directory,
    env,
    okExitCodes: [0, 1],
  });
}

function verdictOf({ stdout, stderr, exitCode }: RunResult): Verdict {
  return verdictOfAva({ stdout, all: stdout + stderr, good: exitCode === 0 });
}

test('what ava says of tests that go wrong is told by name and message, in colours and on a poor terminal too', async (t) => {
  t.timeout(120_000);
  const plain = verdictOf(await ava(BAD_TESTS));
  t.is(plain.passed, 1);
  // Assertions, the hook, exceptions, and what was pending: the test behind the hook as well.
  t.is(plain.failed, 5 + 1 + 2 + 2);
  const sorted = (verdict: Verdict) =>
    verdict.failures
      .map(({ title, lines }) => [title, ...lines].join('\n'))
      .map((text) => text.replaceAll(/\/\S+(?=\/t\/)/g, '').replaceAll('( ) ', '◌ '))
      .sort();
  t.snapshot(sorted(plain).join('\n'));
  const coloured = await ava(BAD_TESTS, { FORCE_COLOR: '1', TERM: 'linux' });
  t.regex(coloured.stdout, /\[31m×/);
  t.deepEqual(sorted(verdictOf(coloured)), sorted(plain));
});

test('ava without a failure counts its tests', async (t) => {
  const files = { 'a.test.js': "import test from 'ava'; test('it passes', (t) => t.pass());" };
  t.deepEqual(verdictOf(await ava(files)), { passed: 1, failed: 0, failures: [] });
});

test('ava without a test is a failure, and so is one that dies without a word', async (t) => {
  t.like(verdictOf(await ava({})), { passed: 0, failed: 1 });
  t.deepEqual(verdictOfAva({ stdout: '', all: 'npx: not found\n', good: false }), {
    passed: 0,
    failed: 1,
    failures: [{ title: 'its last lines', lines: ['npx: not found'] }],
  });
  t.is(verdictOfAva({ stdout: '', all: '', good: true }).failed, 1);
});

test('a check that fails is told by its last lines', (t) => {
  t.deepEqual(verdictOfCheck({ stdout: '', all: '', good: true }), {
    passed: 1,
    failed: 0,
    failures: [],
  });
  const all = Array.from({ length: 20 }, (_, index) => `line ${index}\n\n`).join('');
  const { failures } = verdictOfCheck({ stdout: '', all, good: false });
  t.is(failures[0]?.lines.length, 8);
  t.is(failures[0]?.lines.at(-1), 'line 19');
});

const failing = (count: number, lines = 9): Verdict => ({
  passed: 3,
  failed: count,
  failures: Array.from({ length: count }, (_, index) => ({
    title: `test ${index}`,
    lines: Array.from({ length: lines }, (_, line) => `line ${line}`),
  })),
});

test('the summary names the suites that failed and their tests', (t) => {
  const good: Verdict = { passed: 3, failed: 0, failures: [] };
  t.deepEqual(summary([{ name: 'units', verdict: good }], 40), []);
  const suites = [
    { name: 'types', verdict: good },
    { name: 'units', verdict: failing(1, 2) },
    { name: 'behaviour', verdict: failing(2, 1) },
  ];
  t.deepEqual(summary(suites, 40), [
    'failed: units',
    '  ✘ test 0',
    '    line 0',
    '    line 1',
    'failed: behaviour',
    '  ✘ test 0',
    '    line 0',
    '  ✘ test 1',
    '    line 0',
  ]);
});

test('the summary stays below its bound: every test says less first, then they are cut', (t) => {
  const six = summary([{ name: 'units', verdict: failing(6) }], 40);
  t.is(six.length, 1 + 6 * 6);
  t.is(six.filter((line) => line.includes('✘')).length, 6);
  const hundred = summary([{ name: 'units', verdict: failing(100) }], 40);
  t.is(hundred.length, 40);
  t.is(hundred.at(-1), '… and 62 more lines: see above');
});
