import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { inParallel, together } from './together.ts';

test('all results, in their order', async (t) => {
  const [number, text] = await together([turn(1), Promise.resolve('two')]);
  t.is(number, 1);
  t.is(text, 'two');
});

test('when one fails, the others have ended before the error is thrown', async (t) => {
  let ended = false;
  const slow = (async () => {
    await turn();
    await turn();
    ended = true;
  })();
  await t.throwsAsync(together([Promise.reject(new Error('first')), slow]), { message: 'first' });
  t.true(ended);
});

test('of several errors the first of the list is thrown, whichever was earlier', async (t) => {
  const late = turn().then(() => Promise.reject(new Error('late')));
  await t.throwsAsync(together([late, Promise.reject(new Error('early'))]), { message: 'late' });
});

test('every item is handled, no more than so many at a time', async (t) => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await turn();
    done.push(item);
    running -= 1;
  });
  t.deepEqual(done, [1, 2, 3, 4, 5]);
  t.is(most, 2);
});

test('after an error nothing is begun, and what was under way has ended', async (t) => {
  const begun: number[] = [];
  const ended: number[] = [];
  const handle = async (item: number) => {
    begun.push(item);
    if (item === 1) throw new Error('one');
    await turn();
    ended.push(item);
  };
  await t.throwsAsync(inParallel([1, 2, 3, 4], 2, handle), { message: 'one' });
  t.deepEqual(begun, [1, 2]);
  t.deepEqual(ended, [2]);
});
