import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import test from 'ava';
import { testToolbox } from '../../testing/toolbox.ts';
import { run } from '../../tools/run.ts';
import { askOn, type Terminal } from './ask-secret.ts';

/** A terminal on which this is typed; `shown` is all that a person sees. */
function terminal(typed: readonly string[], isTTY = true) {
  const emitter = new EventEmitter();
  const raw: boolean[] = [];
  let shown = '';
  const left = [...typed];
  const input = Object.assign(emitter, {
    isTTY,
    setRawMode: (isRaw: boolean) => raw.push(isRaw),
    resume: () => {
      const next = left.shift();
      if (next === undefined) setImmediate(() => emitter.emit('end'));
      else setImmediate(() => emitter.emit('data', Buffer.from(next)));
    },
    pause: () => {},
  }) as unknown as Terminal['input'];
  const output = { write: (text: string) => (shown += text) };
  return { ask: askOn({ input, output }), raw, emitter, shown: () => shown };
}

test('what is typed is taken, and not shown', async (t) => {
  const { ask, raw, shown, emitter } = terminal(['correct horse\r']);
  t.is(await ask('Passphrase: '), 'correct horse');
  t.is(shown(), 'Passphrase: \n');
  t.deepEqual(raw, [true, false]);
  t.is(emitter.listenerCount('data'), 0);
});

test('backspace and Ctrl-U take back', async (t) => {
  t.is(await terminal(['horz\u007fsé\u007fe\n']).ask('? '), 'horse');
  t.is(await terminal(['mouse\u0015horse\u0004']).ask('? '), 'horse');
});

test('Ctrl-C and a closed terminal end the question, and the terminal is as before', async (t) => {
  const stopped = terminal(['hor\u0003se\r']);
  await t.throwsAsync(stopped.ask('? '), { message: 'interrupted' });
  t.deepEqual(stopped.raw, [true, false]);
  await t.throwsAsync(terminal([]).ask('? '), { message: 'the terminal was closed' });
});

test('questions come one after the other', async (t) => {
  const { ask, shown, raw } = terminal(['one\r', 'two\r']);
  t.deepEqual(await Promise.all([ask('1? '), ask('2? ')]), ['one', 'two']);
  t.is(shown(), '1? \n2? \n');
  t.deepEqual(raw, [true, false, true, false]);
  const stopped = terminal(['\u0003', 'two\r']);
  const [first, second] = await Promise.allSettled([stopped.ask('1? '), stopped.ask('2? ')]);
  t.deepEqual([first?.status, second?.status], ['rejected', 'rejected']);
});

test('where there is no terminal nobody is asked', async (t) => {
  const { ask, shown } = terminal([], false);
  t.is(await ask('? '), undefined);
  t.is(shown(), '');
});

/** Runs a program on a terminal of its own, types a line when it asks, and prints all that the terminal shows. */
const PTY = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shown = b""
while b"? " not in shown:
    shown += os.read(terminal, 1024)
os.write(terminal, b"correct horse\\r")
try:
    while True:
        more = os.read(terminal, 1024)
        if not more:
            break
        shown += more
except OSError:
    pass
sys.stdout.write(shown.decode())
`;

test('a real terminal shows nothing of it', async (t) => {
  t.timeout(5 * 60_000);
  const toolbox = await testToolbox();
  const program = `
    const { askOn } = await import(${JSON.stringify(join(import.meta.dirname, 'ask-secret.js'))});
    const answer = await askOn({ input: process.stdin, output: process.stderr })('? ');
    console.log(answer.length);`;
  const argv = [process.execPath, '--input-type=module', '--eval', program];
  const { stdout } = await run([...toolbox.command('python3.13'), '-c', PTY, ...argv], {
    env: toolbox.env,
  });
  t.is(stdout.replaceAll('\r', ''), '? \n13\n');
});
