import { mkdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { RackPlace } from '../commands/flash/rack-card.ts';
import { writeSysfs } from './sysfs-fixture.ts';

/** A card reader as the kernel shows it: /dev/sdb, with a card or without. */
export interface FakeReader {
  readonly root: string;
  /** Puts a card in: a file with these bytes at its start. */
  insert(sizeBytes: number, contents?: Buffer): Promise<void>;
  /** Puts the last card in again. */
  reinsert(): Promise<void>;
  eject(): Promise<void>;
}

const AT = 'pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdb';
const NUMBER = '8:16';

/** Makes a machine whose only disk is a reader without a card. */
export async function fakeReader(root: string): Promise<FakeReader> {
  let sequence = 0;
  const file = join(root, 'dev/sdb');
  const show = async (sizeBytes: number): Promise<void> => {
    sequence += 1;
    await rm(join(root, 'sys'), { recursive: true, force: true });
    const attributes = {
      'device/vendor': 'Generic \n',
      'device/model': 'SD Reader\n',
      removable: '1\n',
      diskseq: `${sequence}\n`,
    };
    await writeSysfs(root, [{ at: AT, number: NUMBER, sizeBytes, attributes }]);
  };
  await show(0);
  return {
    root,
    insert: async (sizeBytes, contents = Buffer.alloc(0)) => {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, contents);
      await truncate(file, sizeBytes);
      await show(sizeBytes);
    },
    reinsert: async () => show((await stat(file)).size),
    eject: () => show(0),
  };
}

/** Somebody at a machine: does one thing each time that the walk pauses, and answers questions. */
export interface Person {
  readonly place: RackPlace;
  /** All that was on the terminal, and what was printed. */
  said(): string;
  printed(): string;
}

export function personAt(
  root: string,
  deeds: readonly (() => unknown)[],
  answers: readonly string[],
  { isTTY = true } = {},
): Person {
  const [left, replies] = [[...deeds], [...answers]];
  let said = '';
  let printed = '';
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = new PassThrough();
  output.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (!chunk.toString().endsWith('Type yes: ')) return;
    const reply = replies.shift();
    if (reply === undefined) input.end();
    else input.write(`${reply}\n`);
  });
  const pause = async (signal: AbortSignal): Promise<void> => {
    const deed = left.shift();
    if (deed === undefined) throw new Error('nobody does anything any more');
    await deed();
    signal.throwIfAborted();
  };
  const print = (text: string): void => {
    printed += text;
  };
  return {
    place: { root, terminal: { input, output }, pause, print },
    said: () => said,
    printed: () => printed,
  };
}
