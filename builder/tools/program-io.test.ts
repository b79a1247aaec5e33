import test from 'ava';
import { run } from './run.ts';

const COPY = [process.execPath, '-e', 'process.stdin.pipe(process.stdout)'];

test('a chunk has gone to the program when the next one is asked for', async (t) => {
  const memory = Buffer.alloc(1 << 20);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (const letter of 'abc')
      yield memory.fill(letter).subarray(0, letter === 'b' ? 10 : undefined);
  }
  const { stdout } = await run(COPY, { input: chunks() });
  t.is(stdout, 'a'.repeat(1 << 20) + 'b'.repeat(10) + 'c'.repeat(1 << 20));
});

test('a program that dies while it gets chunks is reported, and no more of them are made', async (t) => {
  let ended = false;
  async function* endless(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield Buffer.alloc(1 << 16);
    } finally {
      ended = true;
    }
  }
  const dying = run(['/bin/sh', '-c', 'echo no space >&2; exit 28'], { input: endless() });
  await t.throwsAsync(dying, { message: 'sh failed with exit code 28:\n  no space' });
  t.true(ended);
});

test('an error while chunks are made is thrown and the program does not stay', async (t) => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.from('x');
    throw new Error('the tree is broken');
  }
  const running = run(['/bin/sh', '-c', 'while :; do :; done'], { input: broken() });
  await t.throwsAsync(running, { message: 'the tree is broken' });
});
