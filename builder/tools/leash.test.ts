import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { start } from './run.ts';

const RUN = JSON.stringify(new URL('./run.js', import.meta.url).href);
const START_LEASHED = `
  import { start } from ${RUN};
  const running = start([process.execPath, '-e', 'setInterval(() => {}, 1000)'], { leashed: true });
`;

/** A zombie that nobody has waited for yet counts as dead. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function untilDead(pid: number): Promise<void> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries += 1) await sleep(20);
}

test('a leashed program ends with us even when we are killed', async (t) => {
  const us = start([
    process.execPath,
    '--input-type=module',
    '-e',
    `${START_LEASHED} console.log(running.pid);`,
  ]);
  const [first] = await once(us.stdout, 'data');
  const leashed = Number(String(first));
  t.true(isAlive(leashed));
  await us.kill();
  await untilDead(leashed);
  t.false(isAlive(leashed));
});

test('a leashed program ends with the thread that has started it', async (t) => {
  const code = `${START_LEASHED}
    import { parentPort } from 'node:worker_threads';
    parentPort.postMessage(running.pid);`;
  const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  const [leashed] = await once(thread, 'message');
  t.true(isAlive(leashed));
  await thread.terminate();
  await untilDead(leashed);
  t.false(isAlive(leashed));
});

test('a leashed program has an empty stdin, its arguments, and the exit code that it gives', async (t) => {
  const code = `process.stdin.on('end', () => process.exit(7)).resume(); process.stdout.write(JSON.stringify(process.argv.slice(1)))`;
  const running = start([process.execPath, '-e', code, '--', 'a b', '$HOME', "'"], {
    leashed: true,
  });
  t.is(running.stdin, undefined);
  t.is(Buffer.concat(await running.stdout.toArray()).toString(), `["a b","$HOME","'"]`);
  t.is(await running.exited, 7);
});
