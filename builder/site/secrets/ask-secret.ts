import type { ReadStream } from 'node:tty';
import { KilnError } from '../../report/errors.ts';
import type { AskSecret } from './keyring.ts';

/** What of a terminal is used, to read from and to write to. */
export interface Terminal {
  readonly input: Pick<ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>;
  readonly output: { write(text: string): unknown };
}

/** What the keys send: Enter and Ctrl-D, Ctrl-C, backspace, Ctrl-U. */
const END = '\r\n\u0004';
const INTERRUPT = '\u0003';
const ERASE = '\u0008\u007f';
const CLEAR = '\u0015';

/**
 * Asks on a terminal; what is typed is not shown. Raw mode keeps the terminal from echoing, so Ctrl-C, Ctrl-U and the
 * backspace are ours to do.
 */
export function askOn(terminal: Terminal): AskSecret {
  return async (question) => {
    const { input } = terminal;
    if (!input.isTTY) return undefined;
    // One person answers one question at a time, and none any more after Ctrl-C.
    const turn = (TURNS.get(input) ?? Promise.resolve()).then(() => askNow(terminal, question));
    TURNS.set(input, turn);
    return await turn;
  };
}

const TURNS = new WeakMap<object, Promise<unknown>>();

async function askNow({ input, output }: Terminal, question: string): Promise<string> {
  // First of all: what is typed as soon as the question is there would be shown.
  input.setRawMode(true);
  try {
    output.write(question);
    return await typed(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write('\n');
  }
}

function typed(input: Terminal['input']): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    const end = (): void => {
      input.off('data', read).off('end', closed);
    };
    const closed = (): void => {
      end();
      reject(new KilnError('interrupted', 'the terminal was closed'));
    };
    const read = (chunk: Buffer): void => {
      for (const character of chunk.toString('utf8')) {
        if (character === INTERRUPT) {
          end();
          reject(new KilnError('interrupted', 'interrupted'));
          return;
        }
        if (END.includes(character)) {
          end();
          resolve(line);
          return;
        }
        if (ERASE.includes(character)) line = Array.from(line).slice(0, -1).join('');
        else if (character === CLEAR) line = '';
        else line += character;
      }
    };
    input.on('data', read).on('end', closed).resume();
  });
}
