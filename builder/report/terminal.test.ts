import test from 'ava';
import { capturedStream } from '../testing/captured-stream.ts';
import { createProgress } from './terminal.ts';

function setup(tty: boolean) {
  let now = 0;
  const { stream, text } = capturedStream(tty, 80, 24);
  return {
    progress: createProgress(stream, { tty, clock: () => now }),
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
    text,
  };
}

test('elsewhere than on a terminal each step is one line, with the steps around it', async (t) => {
  const { progress, wait, text } = setup(false);
  const result = await progress.step('Build', async () => {
    await progress.step('Root', async () => wait(1200));
    progress.skip('Sign', 'there is no key');
    progress.warn('the disk is nearly full');
    return 42;
  });
  t.is(result, 42);
  t.snapshot(text());
});

test('steps side by side belong to the step that started them', async (t) => {
  const { progress, text } = setup(false);
  await progress.step('Build', () =>
    Promise.all(['a', 'b'].map((title) => progress.step(title, () => Promise.resolve()))),
  );
  t.deepEqual(text().trim().split('\n'), ['Build: a: 0.0 s', 'Build: b: 0.0 s', 'Build: 0.0 s']);
});

test('a log hears of a long step every ten seconds', async (t) => {
  const { progress, wait, text } = setup(false);
  await progress.step('Fetch', async (meter) => {
    meter.expect(4);
    meter.advance(1);
    meter.note('libc6');
    for (let second = 0; second < 25; second++) {
      wait(1000);
      progress.draw();
    }
  });
  t.snapshot(text());
});

test('a step that throws is shown as failed, and the error goes on', async (t) => {
  const { progress, wait, text } = setup(false);
  const work = progress.step('Fetch', async () => {
    wait(500);
    throw new Error('no route');
  });
  await t.throwsAsync(work, { message: 'no route' });
  t.is(text(), 'Fetch: failed after 0.5 s\n');
});

test('a terminal is redrawn while a step runs and keeps what has ended', async (t) => {
  const { progress, wait, text } = setup(true);
  await progress.step('Fetch', async (meter) => {
    meter.expect(2);
    meter.advance(1);
    wait(300);
    progress.draw();
    progress.warn('slow mirror');
  });
  t.true(text().includes('⠸ Fetch ██████████░░░░░░░░░░ 50 % 0.3 s'));
  t.true(text().includes('warning: slow mirror\n'));
  t.true(text().includes('✓ Fetch 0.3 s\n'));
});

test('who has the terminal to himself is not written over, and what was to be said comes after', async (t) => {
  for (const tty of [true, false]) {
    const { progress, text } = setup(tty);
    let before = '';
    await progress.step('Build', async () => {
      progress.draw();
      const asking = progress.aside(async () => {
        before = text();
        await progress.step('Fetch', async () => progress.draw());
        progress.warn('slow mirror');
        await progress.aside(async () => {});
        progress.draw();
        t.is(text(), before);
        return 42;
      });
      t.is(await asking, 42);
      t.true(text().slice(before.length).includes('warning: slow mirror\n'));
      const failing = progress.aside(async () => {
        throw new Error('no');
      });
      await t.throwsAsync(failing, { message: 'no' });
      progress.warn('again');
      t.true(text().includes('warning: again\n'));
    });
  }
});
