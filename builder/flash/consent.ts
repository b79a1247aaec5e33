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
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  if ((await askYes(question, terminal, signal)) === 'yes') return;
  throw new KilnError('usage', 'nothing was written: the answer was not yes', {
    hint: 'look at the disk again, or say yes',
  });
}

/**
 * Asks the same, and takes other answers too. `gone` is no answer at all: the terminal was closed, or Ctrl-D.
 * @throws KilnError `usage` when there is no terminal to ask on
 */
export async function askYes(
  question: string,
  { input, output }: Terminal,
  signal: AbortSignal,
): Promise<'yes' | 'no' | 'gone'> {
  if (input.isTTY !== true) {
    throw new KilnError('usage', `nobody was asked: ${question}`, {
      hint: 'say --yes where there is no terminal to answer on',
    });
  }
  // The terminal itself echoes and edits: Node's own editing would take Ctrl-C for a key like any other.
  const lines = createInterface({ input, output, terminal: false });
  const closed = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  try {
    const answer = lines.question(`${question} Type yes: `, { signal });
    const text = await Promise.race([answer.catch(() => ''), closed]);
    signal.throwIfAborted();
    if (text === undefined) return 'gone';
    return text.trim() === 'yes' ? 'yes' : 'no';
  } finally {
    lines.close();
  }
}
