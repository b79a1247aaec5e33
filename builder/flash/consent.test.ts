import { PassThrough } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { describeError, KilnError } from '../report/errors.ts';
import { askConsent } from './consent.ts';

const QUESTION = 'Write kiln 0.1.0 x86_64 to SanDisk Ultra, 31.9 GB, /dev/sdb? All on it is lost.';

interface Answering {
  readonly isTTY?: boolean;
  readonly signal?: AbortSignal;
}

/** Asks somebody who answers with this text; what is on his terminal then. */
async function ask(answer: string | undefined, { isTTY = true, signal }: Answering = {}) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = new PassThrough();
  if (answer === undefined) input.end();
  else input.write(answer);
  await askConsent(QUESTION, { input, output }, signal ?? new AbortController().signal);
  return output.read()?.toString() ?? '';
}

async function refusal(t: ExecutionContext, ...asked: Parameters<typeof ask>): Promise<string> {
  return describeError(await t.throwsAsync(ask(...asked), { instanceOf: KilnError }));
}

test('yes is the only consent, and the question says what is lost', async (t) => {
  t.snapshot(await ask('yes\n'));
  t.snapshot(await refusal(t, 'y\n'), 'an answer that is not yes');
  await refusal(t, 'no\n');
  await refusal(t, '\n');
});

test('the end of the input is no consent', async (t) => {
  t.regex(await refusal(t, undefined), /nothing was written/);
});

test('without a terminal nobody is asked', async (t) => {
  t.snapshot(await refusal(t, 'yes\n', { isTTY: false }));
});

test('who interrupts the question has interrupted', async (t) => {
  const controller = new AbortController();
  const reason = new KilnError('interrupted', 'interrupted');
  const asked = ask('', { signal: controller.signal });
  controller.abort(reason);
  await t.throwsAsync(asked, { is: reason });
});
