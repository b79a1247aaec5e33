import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { KilnError } from '../report/errors.ts';
import { Scratch } from '../report/scratch.ts';
import { pasteable } from './quote.ts';
import { filter, run, start } from './run.ts';
import { ToolError } from './tool-error.ts';

const node = (code: string, ...args: string[]) => [process.execPath, '-e', code, ...args];
const ECHO_ARGS = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';

/** A zombie that nobody has waited for yet counts as dead. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('a program gets its arguments unchanged', async (t) => {
  const nasty = [
    '',
    ' ',
    "it's",
    '"',
    '$HOME',
    '`id`',
    '\\',
    '\n',
    '*',
    '~',
    '{a,b}',
    '!!',
    '-n',
    'é',
    "'''",
    '&&',
  ];
  const { stdout } = await run([...node(ECHO_ARGS), '--', ...nasty]);
  t.deepEqual(JSON.parse(stdout), nasty);
});

test('a program sees nothing of our environment', async (t) => {
  process.env.KILN_TEST_SECRET = 'x';
  const { stdout } = await run(node('console.log(JSON.stringify(process.env))'), {
    env: { A: '1' },
  });
  const { PWD: _pwd, OLDPWD: _old, SHLVL: _level, _: _last, ...rest } = JSON.parse(stdout);
  t.deepEqual(rest, { PATH: '/nonexistent', TZ: 'UTC', LC_ALL: 'C', A: '1' });
});

test('settings of zx in our environment change nothing', async (t) => {
  const { stdout } = await run(
    node(`
      process.env.ZX_PREFIX = 'exit 9;';
      process.env.ZX_SHELL = '/nonexistent';
      process.env.ZX_TIMEOUT = '1ms';
      const { run } = await import(${JSON.stringify(new URL('./run.js', import.meta.url).href)});
      const result = await run([process.execPath, '-e', 'setTimeout(() => console.log("ran"), 50)']);
      process.stdout.write(result.stdout);
    `).toSpliced(1, 0, '--input-type=module'),
  );
  t.is(stdout, 'ran\n');
});

test('stdin is empty unless given', async (t) => {
  const { stdout } = await run(node('process.stdin.pipe(process.stdout)'));
  t.is(stdout, '');
});

test('bytes given as input arrive', async (t) => {
  const { stdout } = await run(node('process.stdin.pipe(process.stdout)'), {
    input: Buffer.from('abc'),
  });
  t.is(stdout, 'abc');
});

test('a failure tells the program, how it ended, its last words and how to run it again', async (t) => {
  const error = await t.throwsAsync(
    run(
      [
        '/bin/sh',
        '-c',
        'i=0; while [ $i -lt 30 ]; do echo "line $i" >&2; i=$((i+1)); done; exit 3',
      ],
      {
        cwd: '/',
        env: { SOURCE_DATE_EPOCH: '1' },
      },
    ),
    { instanceOf: ToolError },
  );
  t.snapshot({ message: error.message, hint: error.hint, code: error.code });
});

test('a program that a signal ended is a failure that names the signal', async (t) => {
  const error = await t.throwsAsync(run(['/bin/sh', '-c', 'kill -SEGV $$']), {
    instanceOf: ToolError,
  });
  t.is(error.message, 'sh was ended by SIGSEGV (it wrote nothing)');
});

test('a program that does not exist is a failure', async (t) => {
  const error = await t.throwsAsync(run(['/nonexistent/tool']), { instanceOf: ToolError });
  t.is(error.failure.exitCode, 127);
});

test('a directory that does not exist is a failure', async (t) => {
  const error = await t.throwsAsync(run(['/bin/sh'], { cwd: '/nonexistent' }), {
    instanceOf: KilnError,
  });
  t.snapshot({ message: error.message, hint: error.hint });
});

test('the name after --argv0 is the one in messages', async (t) => {
  const error = await t.throwsAsync(run(['/bin/sh', '-c', 'exit 1', '--argv0', 'depmod']));
  t.regex(error.message, /^depmod failed with exit code 1/);
});

test('other exit codes can be fine', async (t) => {
  const { exitCode } = await run(['/bin/sh', '-c', 'exit 1'], { okExitCodes: [0, 1] });
  t.is(exitCode, 1);
});

test('stdout can go to a file whose name needs quotes', async (t) => {
  await using scratch = await Scratch.create('run');
  const file = join(scratch.path, "it's $here");
  const { stdout } = await run(['/bin/sh', '-c', 'echo yes'], { stdoutFile: file });
  t.is(stdout, '');
  t.is(await readFile(file, 'utf8'), 'yes\n');
});

test('more stdout than memory should hold is a failure', async (t) => {
  const error = await t.throwsAsync(
    run(node('const b = Buffer.alloc(1 << 20); const w = () => process.stdout.write(b, w); w()')),
  );
  t.is(error.message, 'node wrote more than 64 MiB to stdout');
});

test('a program that dies while it is fed is reported, not the broken pipe', async (t) => {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1 << 16);
    })(),
  );
  const error = await t.throwsAsync(
    run(['/bin/sh', '-c', 'echo no space >&2; exit 28'], { input: endless }),
  );
  t.is(error.message, 'sh failed with exit code 28:\n  no space');
  t.true(endless.destroyed);
});

test('a program may stop reading early and succeed', async (t) => {
  const { stdout } = await run(['/bin/sh', '-c', 'read line; echo "$line"'], {
    input: Readable.from(['first\n', ...Array.from({ length: 100 }, () => Buffer.alloc(1 << 16))]),
  });
  t.is(stdout, 'first\n');
});

test('input is read no faster than the program takes it', async (t) => {
  let given = 0;
  const input = Readable.from(
    (function* () {
      for (; given < 1000; given += 1) yield Buffer.alloc(1 << 16);
    })(),
  );
  const running = run(node('setTimeout(() => process.stdin.resume(), 1000)'), { input });
  await sleep(600);
  t.true(given < 100, `${given} chunks of 64 KiB given`);
  await running;
  t.is(given, 1000);
});

test('an error of the input is thrown and the program does not stay', async (t) => {
  await using scratch = await Scratch.create('run');
  const pidFile = join(scratch.path, 'pid');
  const input = Readable.from(
    (async function* () {
      yield 'x';
      while (!(await readFile(pidFile, 'utf8').catch(() => ''))) await sleep(10);
      throw new Error('the tree is broken');
    })(),
  );
  await t.throwsAsync(
    run(['/bin/sh', '-c', `echo $$ >${pidFile}; while :; do :; done`], { input }),
    {
      message: 'the tree is broken',
    },
  );
  t.false(isAlive(Number(await readFile(pidFile, 'utf8'))));
});

const STUBBORN = `
  process.on('SIGTERM', () => {});
  const child = require('node:child_process').spawn('/bin/sh', ['-c', 'trap "" TERM; while :; do sleep 1 || /bin/sleep 1; done'], { stdio: 'inherit', env: {} });
  console.log(process.pid, child.pid);
  setInterval(() => {}, 1000);
`;

async function pidsOf(stream: Readable): Promise<number[]> {
  for await (const chunk of stream) return String(chunk).trim().split(' ').map(Number);
  return [];
}

test('abort ends the program and what it started, even if they ignore SIGTERM', async (t) => {
  const abort = new AbortController();
  const running = start(node(STUBBORN), { signal: abort.signal });
  const pids = await pidsOf(running.stdout);
  t.is(pids.length, 2);
  t.true(pids.every(isAlive));
  abort.abort();
  t.is(await running.exited, 128 + 9);
  await sleep(100);
  t.deepEqual(pids.filter(isAlive), []);
});

test('an aborted run says that it was interrupted', async (t) => {
  const abort = new AbortController();
  const running = run(['/bin/sh', '-c', 'while :; do :; done'], { signal: abort.signal });
  setTimeout(() => abort.abort(), 100);
  const error = await t.throwsAsync(running, { instanceOf: KilnError });
  t.is(error.code, 'interrupted');
});

test('nothing is started once aborted', async (t) => {
  const error = await t.throwsAsync(run(['/nonexistent'], { signal: AbortSignal.abort() }), {
    instanceOf: KilnError,
  });
  t.is(error.code, 'interrupted');
});

test('what a program leaves behind is ended with it', async (t) => {
  const { stdout } = await run(
    node(`const c = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      c.unref(); console.log(c.pid);`),
  );
  await sleep(100);
  t.false(isAlive(Number(stdout)));
});

test('programs end when our process exits by an error', async (t) => {
  const { stdout } = await run(
    node(`
      const { start } = await import(${JSON.stringify(new URL('./run.js', import.meta.url).href)});
      const running = start([process.execPath, '-e', 'setInterval(() => {}, 1000)']);
      console.log(running.pid);
      process.exitCode = 0;
      process.on('uncaughtException', () => process.exit(0));
      throw new Error('bug');
    `).toSpliced(1, 0, '--input-type=module'),
  );
  await sleep(100);
  t.false(isAlive(Number(stdout)));
});

test('the caller can talk to a started program', async (t) => {
  const running = start(node('process.stdin.pipe(process.stdout)'), { stdin: true });
  running.stdin?.end('hello');
  t.is(Buffer.concat(await running.stdout.toArray()).toString(), 'hello');
  t.is(await running.exited, 0);
});

test('a pasteable command quotes only what needs it', (t) => {
  t.is(
    pasteable(['/bin/echo', 'a b', "it's"], { cwd: '/tmp/x y', env: { B: '2', A: '$1' } }),
    `cd '/tmp/x y' && env -i A='$1' B=2 /bin/echo 'a b' 'it'\\''s'`,
  );
});

test('bytes stream through a program', async (t) => {
  const output = Readable.from(
    filter(node('process.stdin.pipe(process.stdout)'), Readable.from(['a', 'b'])),
  );
  t.is(Buffer.concat(await output.toArray()).toString(), 'ab');
});

test('a filter that fails is an error at the end of its output', async (t) => {
  const output = filter(
    ['/bin/sh', '-c', 'echo some; echo broken >&2; exit 1'],
    Readable.from(['x']),
  );
  t.is(String((await output.next()).value), 'some\n');
  await t.throwsAsync(output.next(), { instanceOf: ToolError, message: /broken/ });
});

test('a filter whose input fails ends with the error of the input', async (t) => {
  const input = new Readable({ read() {} });
  const output = filter(node('process.stdin.pipe(process.stdout)'), input);
  input.push('x');
  t.is(String((await output.next()).value), 'x');
  input.destroy(new Error('the disk is broken'));
  await t.throwsAsync(output.next(), { message: 'the disk is broken' });
});

test('an aborted filter says that it was interrupted', async (t) => {
  const abort = new AbortController();
  const input = new Readable({ read() {} });
  const output = filter(node('process.stdin.pipe(process.stdout)'), input, {
    signal: abort.signal,
  });
  input.push('x');
  await output.next();
  abort.abort();
  const error = await t.throwsAsync(output.next(), { instanceOf: KilnError });
  t.is(error.code, 'interrupted');
  t.true(input.destroyed);
});
