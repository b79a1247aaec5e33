import { Readable, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { KilnError } from '../report/errors.ts';
import { toolName } from './tool-error.ts';

/** What is needed of a running program here. */
interface Program {
  readonly command: string;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  stop(): Promise<void>;
}

const STDOUT_LIMIT_BYTES = 64 << 20;
const STDERR_KEPT_BYTES = 64 << 10;

/** Pieces of a stream of bytes; each is valid until the next one is asked for. */
export type Chunks = AsyncIterable<Buffer>;

/** Writes all of the input; a program that stops reading is judged by its exit code alone. */
export async function feed(input: Readable | Chunks | Buffer, child: Program): Promise<void> {
  const { stdin } = child;
  if (stdin === undefined) return;
  if (input instanceof Readable) await feedStream(input, stdin, child);
  else await feedChunks(Buffer.isBuffer(input) ? [input] : input, stdin, child);
}

/** Asks for a chunk only when the one before has gone to the program. */
async function feedChunks(
  chunks: Chunks | Iterable<Buffer>,
  stdin: Writable,
  child: Program,
): Promise<void> {
  // That the program stopped reading is told to whoever writes.
  stdin.on('error', () => undefined);
  const write = (chunk: Buffer): Promise<boolean> =>
    new Promise((resolve) => {
      stdin.write(chunk, (error) => resolve(!error));
    });
  try {
    for await (const chunk of chunks) {
      if (!(await write(chunk))) return;
    }
    stdin.end();
  } catch (error) {
    await child.stop();
    throw error;
  }
}

async function feedStream(source: Readable, stdin: Writable, child: Program): Promise<void> {
  let sourceFailed = false;
  for (const event of ['error', 'close']) {
    source.once(event, () => {
      sourceFailed ||= !stdin.destroyed && !source.readableEnded;
    });
  }
  try {
    await pipeline(source, stdin);
  } catch (error) {
    if (!sourceFailed) return;
    await child.stop();
    throw error;
  }
}

/** All of stdout as text. */
export async function textOf(child: Program, argv: readonly string[]): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of child.stdout) {
    size += chunk.length;
    if (size > STDOUT_LIMIT_BYTES) {
      await child.stop();
      throw new KilnError(
        'tool',
        `${toolName(argv)} wrote more than ${STDOUT_LIMIT_BYTES >> 20} MiB to stdout`,
        {
          hint: `To see what it writes: ${child.command}`,
        },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Reads to the end and keeps the last part. */
export async function tailOf(stream: Readable): Promise<string> {
  let kept = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-STDERR_KEPT_BYTES);
  });
  await settle(finished(stream, { writable: false }));
  return kept.toString();
}

/** The outcome of a promise, so that it is nobody's unhandled rejection. */
export async function settle<T>(
  promise: Promise<T>,
): Promise<{ readonly value?: T; readonly error?: unknown }> {
  try {
    return { value: await promise };
  } catch (error) {
    return { error };
  }
}
