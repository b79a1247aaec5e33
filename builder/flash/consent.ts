import { createInterface } from 'node:readline/promises';
import { KilnError } from '../report/errors.ts';

/** Where a user is asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks whether all on a disk may be lost; nothing but "yes" is one.
 * @throws KilnError `usage` when there is no terminal to ask on, or the answer is another one
 */
export async function askConsent(
  question: string,
  { input, output }: Terminal,
  signal: AbortSignal,
): Promise<void> {
  if (input.isTTY !== true) {
    throw new KilnError('usage', `nobody was asked: ${question}`, {
      hint: 'say --yes where there is no terminal to answer on',
    });
  }
  // The terminal itself echoes and edits: Node's own editing would take Ctrl-C for a key like any other.
  const lines = createInterface({ input, output, terminal: false });
  // A terminal that is closed, or Ctrl-D, is no answer at all.
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const answer = lines.question(`${question} Type yes: `, { signal });
    const text = await Promise.race([answer.catch(() => ''), closed]);
    signal.throwIfAborted();
    if (text.trim() === 'yes') return;
  } finally {
    lines.close();
  }
  throw new KilnError('usage', 'nothing was written: the answer was not yes', {
    hint: 'look at the disk again, or say yes',
  });
}
